// The router of set-up R(k) by go-libp2p-pubsub: prints its address and relays one topic until it is killed.
package main

import (
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/libp2p/go-libp2p"
	pubsub "github.com/libp2p/go-libp2p-pubsub"
	pb "github.com/libp2p/go-libp2p-pubsub/pb"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/p2p/muxer/yamux"
	"github.com/libp2p/go-libp2p/p2p/security/noise"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
)

func main() {
	signed := flag.Bool("signed", false, "messages are signed and verified")
	flag.Parse()
	if err := relay(*signed); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func relay(signed bool) error {
	h, err := libp2p.New(
		libp2p.ListenAddrStrings("/ip4/127.0.0.1/tcp/0"),
		libp2p.Transport(tcp.NewTCPTransport),
		libp2p.Security(noise.ID, noise.New),
		libp2p.Muxer(yamux.ID, yamux.DefaultTransport),
		libp2p.DisableRelay(),
		libp2p.DisableMetrics(),
		libp2p.ResourceManager(&network.NullResourceManager{}),
	)
	if err != nil {
		return err
	}
	params := pubsub.DefaultGossipSubParams()
	params.D, params.Dlo, params.Dhi, params.Dscore, params.Dout, params.Dlazy = 8, 6, 12, 6, 2, 8
	params.HeartbeatInterval = time.Second
	params.IDontWantMessageThreshold = 1 << 20
	policy := pubsub.StrictNoSign
	if signed {
		policy = pubsub.StrictSign
	}
	options := []pubsub.Option{
		pubsub.WithMessageSignaturePolicy(policy),
		pubsub.WithMessageIdFn(func(m *pb.Message) string {
			sum := sha256.Sum256(m.GetData())
			return string(sum[:20])
		}),
		pubsub.WithGossipSubParams(params),
		pubsub.WithGossipSubProtocols([]protocol.ID{pubsub.GossipSubID_v12}, pubsub.GossipSubDefaultFeatures),
		pubsub.WithFloodPublish(false),
		// The defaults of 32 drop messages under this load, and a lost message ends the run.
		pubsub.WithPeerOutboundQueueSize(4096),
		pubsub.WithValidateQueueSize(4096),
		pubsub.WithPeerScore(
			&pubsub.PeerScoreParams{
				AppSpecificScore: func(peer.ID) float64 { return 0 },
				DecayInterval:    time.Second,
				DecayToZero:      0.01,
				RetainScore:      time.Minute,
				Topics: map[string]*pubsub.TopicScoreParams{"bench": {
					TopicWeight:                    1,
					TimeInMeshWeight:               0.01,
					TimeInMeshQuantum:              time.Second,
					TimeInMeshCap:                  100,
					FirstMessageDeliveriesWeight:   1,
					FirstMessageDeliveriesDecay:    0.9,
					FirstMessageDeliveriesCap:      100,
					InvalidMessageDeliveriesWeight: -1,
					InvalidMessageDeliveriesDecay:  0.9,
					MeshMessageDeliveriesWeight:    0,
					MeshFailurePenaltyWeight:       0,
				}},
			},
			&pubsub.PeerScoreThresholds{GossipThreshold: -10, PublishThreshold: -20, GraylistThreshold: -40},
		),
	}
	if !signed {
		options = append(options, pubsub.WithNoAuthor())
	}
	gossip, err := pubsub.NewGossipSub(context.Background(), h, options...)
	if err != nil {
		return err
	}
	topic, err := gossip.Join("bench")
	if err != nil {
		return err
	}
	own, err := topic.Subscribe(pubsub.WithBufferSize(4096))
	if err != nil {
		return err
	}
	fmt.Printf("ADDR %s/p2p/%s\n", h.Addrs()[0], h.ID())
	for {
		if _, err := own.Next(context.Background()); err != nil {
			return err
		}
	}
}
