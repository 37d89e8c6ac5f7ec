package main

import (
	"sync"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
)

// Counts what the router does and remembers who is in its meshes.
type tracer struct {
	mu     sync.Mutex
	counts map[string]int
	mesh   map[string]map[peer.ID]bool
}

func (t *tracer) add(name string, n int) {
	if n == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts[name] += n
}

func (t *tracer) stats() map[string]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	copied := map[string]int{}
	for name, n := range t.counts {
		copied[name] = n
	}
	return copied
}

func (t *tracer) members(topic string) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	found := []string{}
	for id := range t.mesh[topic] {
		found = append(found, id.String())
	}
	return found
}

func (t *tracer) Graft(p peer.ID, topic string) {
	t.add("grafts", 1)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.mesh == nil {
		t.mesh = map[string]map[peer.ID]bool{}
	}
	if t.mesh[topic] == nil {
		t.mesh[topic] = map[peer.ID]bool{}
	}
	t.mesh[topic][p] = true
}

func (t *tracer) Prune(p peer.ID, topic string) {
	t.add("prunes", 1)
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.mesh[topic], p)
}

func (t *tracer) OnClosedOutboundStream(p peer.ID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, members := range t.mesh {
		delete(members, p)
	}
}

func (t *tracer) RecvRPC(rpc *pubsub.RPC) { t.rpc("received", rpc) }

func (t *tracer) SendRPC(rpc *pubsub.RPC, _ peer.ID) { t.rpc("sent", rpc) }

func (t *tracer) rpc(way string, rpc *pubsub.RPC) {
	t.add(way+" messages", len(rpc.GetPublish()))
	control := rpc.GetControl()
	t.add(way+" ihave", len(control.GetIhave()))
	t.add(way+" iwant", len(control.GetIwant()))
	t.add(way+" graft", len(control.GetGraft()))
	t.add(way+" prune", len(control.GetPrune()))
	t.add(way+" idontwant", len(control.GetIdontwant()))
	for _, prune := range control.GetPrune() {
		t.add(way+" px", len(prune.GetPeers()))
	}
}

func (t *tracer) DuplicateMessage(*pubsub.Message)               { t.add("duplicates", 1) }
func (t *tracer) RejectMessage(_ *pubsub.Message, reason string) { t.add("rejected "+reason, 1) }
func (t *tracer) UndeliverableMessage(*pubsub.Message)           { t.add("undeliverable", 1) }
func (t *tracer) DropRPC(*pubsub.RPC, peer.ID)                   { t.add("dropped", 1) }
func (t *tracer) OnNewOutboundStream(peer.ID, protocol.ID)       {}
func (t *tracer) Join(string)                                    {}
func (t *tracer) Leave(string)                                   {}
func (t *tracer) ValidateMessage(*pubsub.Message)                {}
func (t *tracer) DeliverMessage(*pubsub.Message)                 {}
func (t *tracer) ThrottlePeer(peer.ID)                           {}
