// A go-libp2p-pubsub peer for the interoperability checks: options as flags, one command a line on standard input, one
// JSON object a line on standard output. The commands are listed in interop/README.md.
package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p"
	pubsub "github.com/libp2p/go-libp2p-pubsub"
	pb "github.com/libp2p/go-libp2p-pubsub/pb"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/p2p/muxer/yamux"
)

var protocols = map[string][]protocol.ID{
	"1.0": {pubsub.GossipSubID_v10},
	"1.1": {pubsub.GossipSubID_v11, pubsub.GossipSubID_v10},
	"1.2": {pubsub.GossipSubID_v12, pubsub.GossipSubID_v11, pubsub.GossipSubID_v10},
	"1.3": {pubsub.GossipSubID_v13, pubsub.GossipSubID_v12, pubsub.GossipSubID_v11, pubsub.GossipSubID_v10},
}

var policies = map[string]pubsub.MessageSignaturePolicy{
	"strict-sign":    pubsub.StrictSign,
	"strict-no-sign": pubsub.StrictNoSign,
	"lax-sign":       pubsub.LaxSign,
	"lax-no-sign":    pubsub.LaxNoSign,
}

type object = map[string]any

var out sync.Mutex

var traceFile string

func say(o object) {
	out.Lock()
	defer out.Unlock()
	line, _ := json.Marshal(o)
	os.Stdout.Write(append(line, '\n'))
}

// The peer: its gossip is nil if it only writes and reads frames by command.
type node struct {
	ctx    context.Context
	host   host.Host
	gossip *pubsub.PubSub
	topics map[string]*pubsub.Topic
	subs   map[string]*pubsub.Subscription
	hold   bool
	tracer *tracer
	trace  *pubsub.PBTracer // nil without a file for it
	bare   protocol.ID

	mu     sync.Mutex
	gate   chan struct{} // closed when verdicts may be given
	held   int
	scores map[peer.ID]float64
	names  []string
	seen   map[string]int
	raw    map[peer.ID]network.Stream
	frames []string
}

func main() {
	listen := flag.String("listen", "/ip4/127.0.0.1/tcp/0", "address")
	version := flag.String("protocol", "1.3", "floodsub, 1.0, 1.1, 1.2 or 1.3: the best one offered")
	policy := flag.String("policy", "strict-sign", "strict-sign, strict-no-sign, lax-sign or lax-no-sign")
	d := flag.Int("d", 6, "mesh target; 0 refuses every graft")
	px := flag.Bool("px", false, "send peers when pruning")
	flood := flag.Bool("flood", false, "publish to all peers of the topic")
	heartbeat := flag.Int("heartbeat", 500, "milliseconds between heartbeats")
	hold := flag.Bool("hold", false, "verdicts can be held back by command")
	bare := flag.String("bare", "", "no gossip: frames by command, on this protocol")
	transport := flag.String("transport", "tcp", "tcp, quic-v1, ws or wss")
	security := flag.String("security", "noise", "noise or tls; QUIC has its own")
	flag.StringVar(&wssFolder, "wss", "", "directory with key.pem and certificate.pem for wss")
	flag.StringVar(&traceFile, "trace", "", "file that the trace of its gossip goes to, as protobuf")
	read := flag.String("read-trace", "", "count the events of a trace, and end")
	flag.Parse()
	if *read != "" {
		summary, err := readTrace(*read)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		say(summary)
		return
	}

	n, err := newNode(*transport, *security, *listen, *version, *policy, *d, *px, *flood, *hold, time.Duration(*heartbeat)*time.Millisecond, *bare)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	say(object{
		"event":   "ready",
		"id":      n.host.ID().String(),
		"addr":    n.host.Addrs()[0].String() + "/p2p/" + n.host.ID().String(),
		"version": versions(),
	})
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<16), 8<<20)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) > 0 && strings.HasPrefix(words[0], "@") {
			words = words[1:] // which node of a program with several: there is one
		}
		if len(words) == 0 {
			continue
		}
		answer, err := n.command(words[0], words[1:])
		if err != nil {
			answer = object{"error": err.Error()}
		}
		answer["answer"] = words[0]
		say(answer)
		if words[0] == "quit" {
			break
		}
	}
	n.host.Close()
	if n.trace != nil {
		n.trace.Close()
		time.Sleep(500 * time.Millisecond) // its writer goes on alone and says nothing when it is done
	}
}

func versions() string {
	info, _ := debug.ReadBuildInfo()
	var found []string
	for _, module := range info.Deps {
		if module.Path == "github.com/libp2p/go-libp2p" || module.Path == "github.com/libp2p/go-libp2p-pubsub" {
			found = append(found, strings.TrimPrefix(module.Path, "github.com/libp2p/")+" "+module.Version)
		}
	}
	return strings.Join(found, ", ")
}

func newNode(transport, security, listen, version, policy string, d int, px, flood, hold bool, heartbeat time.Duration, bare string) (*node, error) {
	carrier, err := transportOptions(transport)
	if err != nil {
		return nil, err
	}
	secure, err := securityOption(security)
	if err != nil {
		return nil, err
	}
	h, err := libp2p.New(append(carrier,
		libp2p.ListenAddrStrings(listen),
		secure,
		libp2p.Muxer(yamux.ID, yamux.DefaultTransport),
		libp2p.DisableRelay(),
		libp2p.DisableMetrics(),
		libp2p.ResourceManager(&network.NullResourceManager{}),
	)...)
	if err != nil {
		return nil, err
	}
	serveStreams(h)
	n := &node{
		ctx:    context.Background(),
		host:   h,
		topics: map[string]*pubsub.Topic{},
		subs:   map[string]*pubsub.Subscription{},
		hold:   hold,
		tracer: &tracer{counts: map[string]int{}},
		scores: map[peer.ID]float64{},
		names:  []string{},
		seen:   map[string]int{},
		raw:    map[peer.ID]network.Stream{},
		bare:   protocol.ID(bare),
		gate:   make(chan struct{}),
	}
	close(n.gate)
	if bare != "" {
		h.SetStreamHandler(n.bare, n.readFrames)
		return n, nil
	}
	params := pubsub.DefaultGossipSubParams()
	params.HeartbeatInterval = heartbeat
	params.HeartbeatInitialDelay = 50 * time.Millisecond
	params.PruneBackoff = 10 * time.Second
	params.UnsubscribeBackoff = 5 * time.Second
	if d != params.D {
		params.D, params.Dlo, params.Dhi, params.Dscore, params.Dout = d, d, d, d, 0
	}
	options := []pubsub.Option{
		pubsub.WithMessageSignaturePolicy(policies[policy]),
		pubsub.WithMessageIdFn(func(m *pb.Message) string {
			sum := sha256.Sum256(m.GetData())
			return string(sum[:])
		}),
		pubsub.WithRawTracer(n.tracer),
	}
	if traceFile != "" {
		trace, err := pubsub.NewPBTracer(traceFile)
		if err != nil {
			return nil, err
		}
		options = append(options, pubsub.WithEventTracer(trace))
		n.trace = trace
	}
	if policy == "strict-no-sign" {
		options = append(options, pubsub.WithNoAuthor(), pubsub.WithMessageSignaturePolicy(policies[policy]))
	}
	if version == "floodsub" {
		n.gossip, err = pubsub.NewFloodSub(n.ctx, h, options...)
		return n, err
	}
	if protocols[version] == nil {
		return nil, errors.New("unknown protocol " + version)
	}
	options = append(options,
		pubsub.WithGossipSubProtocols(protocols[version], pubsub.GossipSubDefaultFeatures),
		pubsub.WithGossipSubParams(params),
		pubsub.WithFloodPublish(flood),
		pubsub.WithPeerExchange(px),
		pubsub.WithPeerScore(&pubsub.PeerScoreParams{
			Topics:                    map[string]*pubsub.TopicScoreParams{},
			AppSpecificScore:          func(peer.ID) float64 { return 0 },
			AppSpecificWeight:         1,
			BehaviourPenaltyWeight:    -10,
			BehaviourPenaltyThreshold: 6,
			BehaviourPenaltyDecay:     0.9,
			DecayInterval:             time.Second,
			DecayToZero:               0.01,
			RetainScore:               time.Minute,
		}, &pubsub.PeerScoreThresholds{
			GossipThreshold:             -10,
			PublishThreshold:            -20,
			GraylistThreshold:           -40,
			AcceptPXThreshold:           0,
			OpportunisticGraftThreshold: 1,
		}),
		pubsub.WithPeerScoreInspect(func(scores map[peer.ID]float64) {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.scores = scores
		}, 500*time.Millisecond),
	)
	n.gossip, err = pubsub.NewGossipSub(n.ctx, h, options...)
	return n, err
}

func (n *node) command(name string, args []string) (object, error) {
	for len(args) < 4 {
		args = append(args, "")
	}
	switch name {
	case "dial":
		info, err := peer.AddrInfoFromString(args[0])
		if err != nil {
			return nil, err
		}
		ctx, cancel := context.WithTimeout(n.ctx, 10*time.Second)
		defer cancel()
		return object{"peer": info.ID.String()}, n.host.Connect(ctx, *info)
	case "hangup":
		id, err := peer.Decode(args[0])
		if err != nil {
			return nil, err
		}
		return object{}, n.host.Network().ClosePeer(id)
	case "join":
		return object{}, n.join(args[0])
	case "leave":
		n.subs[args[0]].Cancel()
		return object{}, nil
	case "hold":
		n.mu.Lock()
		defer n.mu.Unlock()
		n.gate = make(chan struct{})
		return object{}, nil
	case "held":
		n.mu.Lock()
		defer n.mu.Unlock()
		return object{"count": n.held}, nil
	case "release":
		n.mu.Lock()
		defer n.mu.Unlock()
		close(n.gate)
		return object{}, nil
	case "publish":
		count, _ := strconv.Atoi(args[1])
		size, _ := strconv.Atoi(args[2])
		return n.publish(args[0], count, size, args[3])
	case "received":
		n.mu.Lock()
		defer n.mu.Unlock()
		return object{"names": n.names, "distinct": len(n.seen)}, nil
	case "mesh":
		return object{"peers": n.tracer.members(args[0])}, nil
	case "subscribers":
		return object{"peers": texts(n.gossip.ListPeers(args[0]))}, nil
	case "peers":
		return object{"peers": texts(n.host.Network().Peers())}, nil
	case "scores":
		n.mu.Lock()
		defer n.mu.Unlock()
		scores := object{}
		for id, score := range n.scores {
			scores[id.String()] = score
		}
		return object{"scores": scores}, nil
	case "stats":
		return object{"stats": n.tracer.stats()}, nil
	case "send":
		return object{}, n.send(args[0], args[1])
	case "frames":
		n.mu.Lock()
		defer n.mu.Unlock()
		frames := n.frames
		n.frames = nil
		return object{"frames": frames}, nil
	case "identify":
		return n.identify(args[0])
	case "carriers":
		return n.carriers(args[0])
	case "ping":
		rounds, _ := strconv.Atoi(args[1])
		return n.ping(args[0], rounds)
	case "transfer":
		count, _ := strconv.ParseInt(args[1], 10, 64)
		return n.transfer(args[0], count)
	case "bulk":
		count, _ := strconv.ParseInt(args[1], 10, 64)
		return n.bulk(args[0], count)
	case "reset":
		return n.reset(args[0])
	case "abort":
		return n.abort(args[0])
	case "aborted":
		return object{"count": aborted.Load()}, nil
	case "quit":
		return object{}, nil
	}
	return nil, errors.New("unknown command " + name)
}

func texts(ids []peer.ID) []string {
	found := []string{}
	for _, id := range ids {
		found = append(found, id.String())
	}
	return found
}

func (n *node) join(name string) error {
	if n.hold {
		err := n.gossip.RegisterTopicValidator(name, func(context.Context, peer.ID, *pubsub.Message) bool {
			n.mu.Lock()
			gate := n.gate
			n.held++
			n.mu.Unlock()
			<-gate
			n.mu.Lock()
			n.held--
			n.mu.Unlock()
			return true
		})
		if err != nil {
			return err
		}
	}
	topic, err := n.gossip.Join(name)
	if err != nil {
		return err
	}
	sub, err := topic.Subscribe(pubsub.WithBufferSize(4096))
	if err != nil {
		return err
	}
	n.topics[name], n.subs[name] = topic, sub
	go func() {
		for {
			message, err := sub.Next(n.ctx)
			if err != nil {
				return
			}
			if message.ReceivedFrom == n.host.ID() {
				continue
			}
			name, _, _ := strings.Cut(string(message.Data), " ")
			n.mu.Lock()
			n.names = append(n.names, name)
			n.seen[name]++
			n.mu.Unlock()
		}
	}()
	return nil
}

// A payload is its name, a space and dots up to the size.
func (n *node) publish(topic string, count, size int, prefix string) (object, error) {
	for i := 0; i < count; i++ {
		text := prefix + "#" + strconv.Itoa(i) + " "
		if len(text) < size {
			text += strings.Repeat(".", size-len(text))
		}
		if err := n.topics[topic].Publish(n.ctx, []byte(text)); err != nil {
			return nil, err
		}
		if i%16 == 15 {
			time.Sleep(2 * time.Millisecond)
		}
	}
	return object{"published": count}, nil
}

// Writes hexadecimal bytes as they are on a stream that is opened the first time.
func (n *node) send(to, digits string) error {
	id, err := peer.Decode(to)
	if err != nil {
		return err
	}
	stream := n.raw[id]
	if stream == nil {
		stream, err = n.host.NewStream(n.ctx, id, n.bare)
		if err != nil {
			return err
		}
		n.raw[id] = stream
	}
	bytes, err := hex.DecodeString(digits)
	if err != nil {
		return err
	}
	_, err = stream.Write(bytes)
	if err != nil {
		delete(n.raw, id)
	}
	return err
}

func (n *node) readFrames(stream network.Stream) {
	reader := bufio.NewReader(stream)
	for {
		length, err := readUvarint(reader)
		if err != nil || length > 4<<20 {
			return
		}
		frame := make([]byte, length)
		for at := 0; at < len(frame); {
			k, err := reader.Read(frame[at:])
			if err != nil {
				return
			}
			at += k
		}
		n.mu.Lock()
		n.frames = append(n.frames, hex.EncodeToString(frame))
		n.mu.Unlock()
	}
}

func readUvarint(reader *bufio.Reader) (int, error) {
	value := 0
	for shift := 0; shift < 35; shift += 7 {
		b, err := reader.ReadByte()
		if err != nil {
			return 0, err
		}
		value |= int(b&0x7f) << shift
		if b < 0x80 {
			return value, nil
		}
	}
	return 0, errors.New("length too long")
}
