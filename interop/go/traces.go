package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	pb "github.com/libp2p/go-libp2p-pubsub/pb"
)

const eventMax = 8 << 20

// The events of a trace by kind, as go-libp2p-pubsub's own types read them. Kinds that its schema does not have are counted
// as unknown, a last event that is cut off as torn.
func readTrace(file string) (object, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	in := bufio.NewReader(f)
	counts := map[string]int{}
	nodes := map[string]bool{}
	total, unknown, torn := 0, 0, false
	last := int64(0)
	for {
		length, err := binary.ReadUvarint(in)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || length > eventMax {
			return nil, fmt.Errorf("event %d: length %d: %w", total, length, err)
		}
		body := make([]byte, length)
		if _, err := io.ReadFull(in, body); err != nil {
			torn = true
			break
		}
		event := new(pb.TraceEvent)
		if err := event.Unmarshal(body); err != nil {
			return nil, fmt.Errorf("event %d: %w", total, err)
		}
		total++
		nodes[string(event.GetPeerID())] = true
		if event.GetTimestamp() < last-int64(60e9) {
			return nil, fmt.Errorf("event %d: its time is a minute before the one before", total)
		}
		last = event.GetTimestamp()
		if name, known := pb.TraceEvent_Type_name[int32(event.GetType())]; known {
			counts[name]++
		} else {
			unknown++
		}
	}
	return object{"events": counts, "total": total, "unknown": unknown, "torn": torn, "nodes": len(nodes)}, nil
}
