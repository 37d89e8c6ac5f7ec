package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/p2p/protocol/ping"
	"github.com/libp2p/go-libp2p/p2p/security/noise"
	libp2ptls "github.com/libp2p/go-libp2p/p2p/security/tls"
	quic "github.com/libp2p/go-libp2p/p2p/transport/quic"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	"github.com/libp2p/go-libp2p/p2p/transport/websocket"
)

const (
	transferID = "/interop/transfer/1.0.0"
	resetID    = "/interop/reset/1.0.0"
	abortID    = "/interop/abort/1.0.0"
	bulkID     = "/interop/bulk/1.0.0"
	blockBytes = 64 << 10
)

// Where the certificate of secure WebSockets is.
var wssFolder string

// Streams that the other side reset before it ended them.
var aborted atomic.Int64

func transportOptions(name string) ([]libp2p.Option, error) {
	switch name {
	case "tcp":
		return []libp2p.Option{libp2p.Transport(tcp.NewTCPTransport)}, nil
	case "ws":
		return []libp2p.Option{libp2p.Transport(websocket.New)}, nil
	case "wss":
		return secureWebSocket()
	case "quic-v1":
		return []libp2p.Option{libp2p.Transport(quic.NewTransport)}, nil
	}
	return nil, errors.New("unknown transport " + name)
}

// With key.pem and certificate.pem of a directory, which all trust.
func secureWebSocket() ([]libp2p.Option, error) {
	file := filepath.Join(wssFolder, "certificate.pem")
	own, err := tls.LoadX509KeyPair(file, filepath.Join(wssFolder, "key.pem"))
	if err != nil {
		return nil, err
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	return []libp2p.Option{libp2p.Transport(websocket.New,
		websocket.WithTLSConfig(&tls.Config{Certificates: []tls.Certificate{own}}),
		websocket.WithTLSClientConfig(&tls.Config{RootCAs: roots}))}, nil
}

func securityOption(name string) (libp2p.Option, error) {
	switch name {
	case "noise":
		return libp2p.Security(noise.ID, noise.New), nil
	case "tls":
		return libp2p.Security(libp2ptls.ID, libp2ptls.New), nil
	}
	return nil, errors.New("unknown security " + name)
}

// The bytes of a transfer: blocks that begin with their number, so that one lost, doubled or moved shows.
func writePattern(to io.Writer, count int64) ([]byte, error) {
	sum := sha256.New()
	block := make([]byte, blockBytes)
	for i := range block {
		block[i] = byte(i * 31)
	}
	for number := uint32(0); count > 0; number++ {
		binary.BigEndian.PutUint32(block, number)
		part := block[:min(count, blockBytes)]
		sum.Write(part)
		if _, err := to.Write(part); err != nil {
			return nil, err
		}
		count -= int64(len(part))
	}
	return sum.Sum(nil), nil
}

func serveStreams(h host.Host) {
	// Reads to the end, then answers with the digest, as many bytes of its own and their digest.
	h.SetStreamHandler(transferID, func(stream network.Stream) {
		sum := sha256.New()
		count, err := io.Copy(sum, stream)
		if err == nil {
			_, err = stream.Write(sum.Sum(nil))
		}
		var own []byte
		if err == nil {
			own, err = writePattern(stream, count)
		}
		if err == nil {
			_, err = stream.Write(own)
		}
		if err != nil {
			stream.Reset()
			return
		}
		stream.Close()
	})
	// For the speed of what carries it: reads to the end and answers with one byte.
	h.SetStreamHandler(bulkID, func(stream network.Stream) {
		buffer := make([]byte, blockBytes)
		for {
			if _, err := stream.Read(buffer); err == io.EOF {
				stream.Write(buffer[:1])
				stream.Close()
				return
			} else if err != nil {
				return
			}
		}
	})
	h.SetStreamHandler(resetID, func(stream network.Stream) {
		io.ReadFull(stream, make([]byte, 1))
		stream.Reset()
	})
	h.SetStreamHandler(abortID, func(stream network.Stream) {
		one := make([]byte, 1)
		if _, err := io.ReadFull(stream, one); err != nil {
			return
		}
		stream.Write(one)
		if _, err := io.Copy(io.Discard, stream); errors.Is(err, network.ErrReset) {
			aborted.Add(1)
		}
		stream.Reset()
	})
}

func (n *node) open(text, name string) (network.Stream, error) {
	id, err := peer.Decode(text)
	if err != nil {
		return nil, err
	}
	stream, err := n.host.NewStream(n.ctx, id, protocol.ID(name))
	if err == nil {
		stream.SetDeadline(time.Now().Add(2 * time.Minute))
	}
	return stream, err
}

// Sends bytes, ends its direction, and reads the digest of them, as many bytes and their digest.
func (n *node) transfer(to string, count int64) (object, error) {
	stream, err := n.open(to, transferID)
	if err != nil {
		return nil, err
	}
	defer stream.Reset()
	start := time.Now()
	sent, err := writePattern(stream, count)
	if err != nil {
		return nil, fmt.Errorf("writing: %w", err)
	}
	if err := stream.CloseWrite(); err != nil {
		return nil, err
	}
	digest := make([]byte, len(sent))
	if _, err := io.ReadFull(stream, digest); err != nil {
		return nil, fmt.Errorf("their digest: %w", err)
	}
	if !bytes.Equal(digest, sent) {
		return nil, errors.New("they read " + hex.EncodeToString(digest))
	}
	upload := time.Since(start)
	start = time.Now()
	sum := sha256.New()
	if _, err := io.CopyN(sum, stream, count); err != nil {
		return nil, fmt.Errorf("reading: %w", err)
	}
	if _, err := io.ReadFull(stream, digest); err != nil {
		return nil, err
	}
	if !bytes.Equal(digest, sum.Sum(nil)) {
		return nil, errors.New("we read " + hex.EncodeToString(sum.Sum(nil)))
	}
	if _, err := stream.Read(digest); err != io.EOF {
		return nil, fmt.Errorf("no end after the digest: %w", err)
	}
	return object{"sent": upload.Milliseconds(), "received": time.Since(start).Milliseconds()}, nil
}

func (n *node) bulk(to string, count int64) (object, error) {
	stream, err := n.open(to, bulkID)
	if err != nil {
		return nil, err
	}
	defer stream.Reset()
	start := time.Now()
	block := make([]byte, blockBytes)
	for ; count > 0; count -= blockBytes {
		if _, err := stream.Write(block[:min(count, blockBytes)]); err != nil {
			return nil, err
		}
	}
	if err := stream.CloseWrite(); err != nil {
		return nil, err
	}
	_, err = io.ReadFull(stream, block[:1])
	return object{"sent": time.Since(start).Milliseconds()}, err
}

// The other side resets: reading has to say so.
func (n *node) reset(to string) (object, error) {
	stream, err := n.open(to, resetID)
	if err != nil {
		return nil, err
	}
	if _, err := stream.Write([]byte{1}); err != nil {
		return nil, err
	}
	if _, err := stream.Read(make([]byte, 1)); !errors.Is(err, network.ErrReset) {
		return nil, fmt.Errorf("no reset: %w", err)
	}
	return object{}, nil
}

// We reset: the other side counts it.
func (n *node) abort(to string) (object, error) {
	stream, err := n.open(to, abortID)
	if err != nil {
		return nil, err
	}
	one := []byte{1}
	if _, err := stream.Write(one); err != nil {
		return nil, err
	}
	if _, err := io.ReadFull(stream, one); err != nil {
		return nil, err
	}
	return object{}, stream.Reset()
}

func (n *node) identify(text string) (object, error) {
	id, err := peer.Decode(text)
	if err != nil {
		return nil, err
	}
	protocols, err := n.host.Peerstore().GetProtocols(id)
	if err != nil {
		return nil, err
	}
	agent, _ := n.host.Peerstore().Get(id, "AgentVersion")
	return object{"agent": fmt.Sprint(agent), "protocols": protocols}, nil
}

func (n *node) ping(text string, rounds int) (object, error) {
	id, err := peer.Decode(text)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(n.ctx, 10*time.Second)
	defer cancel()
	results := ping.Ping(ctx, n.host, id)
	for i := 0; i < rounds; i++ {
		if result := <-results; result.Error != nil {
			return nil, result.Error
		}
	}
	return object{"rounds": rounds}, nil
}

// What carries the connection: `tcp /noise /yamux/1.0.0`, as go-libp2p says it.
func (n *node) carriers(text string) (object, error) {
	id, err := peer.Decode(text)
	if err != nil {
		return nil, err
	}
	found := []string{}
	for _, conn := range n.host.Network().ConnsToPeer(id) {
		state := conn.ConnState()
		found = append(found, strings.TrimSpace(fmt.Sprintf("%s %s %s", state.Transport, state.Security, state.StreamMultiplexer)))
	}
	return object{"connections": found}, nil
}
