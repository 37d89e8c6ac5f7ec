// Patch copies go-ethereum's legacypool from the pinned module to target/legacypool and pins down the
// few places whose result depends on the order of a map, on the wall clock or on the race between a
// caller and the background run. Every rule about transactions stays as it is in the module.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

type edit struct {
	file, old, new string
	count          int
}

var edits = []edit{
	// Who waits for a run is up to the stream.
	{"legacypool.go", "done := pool.requestPromoteExecutables(dirtyAddrs)", "done := pool.probeRequest(dirtyAddrs)", 1},
	// Accounts are visited in the order of their addresses.
	{"legacypool.go", "as.cache = slices.Collect(maps.Keys(as.accounts))", "as.cache = probeAddresses(as.accounts)", 1},
	{"legacypool.go", "for addr, list := range pool.pending {\n\t\tnonce :=",
		"for _, addr := range probeAddresses(pool.pending) {\n\t\tlist := pool.pending[addr]\n\t\tnonce :=", 1},
	{"legacypool.go", "for _, tx := range drop {\n\t\t\tpool.removeTx(tx.Hash(), false, true)",
		"for _, tx := range pool.probeSort(drop) {\n\t\t\tpool.removeTx(tx.Hash(), false, true)", 1},
	{"legacypool.go", "for _, hash := range hashes {", "for _, hash := range pool.probeSortHashes(hashes) {", 1},
	{"legacypool.go", "spammers.Push(addr, length)", "spammers.Push(addr, probeRank(length, addr))", 1},
	{"queue.go", "\treturn addrs\n", "\treturn probeSorted(addrs)\n", 1},
	{"queue.go", "for addr, list := range q.queued {\n\t\tif time.Since(q.beats[addr]) > q.config.Lifetime",
		"for _, addr := range probeAddresses(q.queued) {\n\t\tlist := q.queued[addr]\n\t\tif probeNow().Sub(q.beats[addr]) > q.config.Lifetime", 1},
	// Heartbeats are of the stream's time.
	{"queue.go", "time.Now()", "probeNow()", 2},
}

func main() {
	if err := run(filepath.Join("target", "legacypool")); err != nil {
		fmt.Fprintln(os.Stderr, "patch:", err)
		os.Exit(1)
	}
}

func run(target string) error {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/ethereum/go-ethereum").Output()
	if err != nil {
		return fmt.Errorf("find the module: %w", err)
	}
	source := filepath.Join(strings.TrimSpace(string(out)), "core", "txpool", "legacypool")
	if err := os.RemoveAll(target); err != nil {
		return err
	}
	if err := os.MkdirAll(target, 0o755); err != nil {
		return err
	}
	for _, name := range []string{"legacypool.go", "list.go", "noncer.go", "queue.go"} {
		b, err := os.ReadFile(filepath.Join(source, name))
		if err != nil {
			return err
		}
		text := string(b)
		for _, e := range edits {
			if e.file != name {
				continue
			}
			if n := strings.Count(text, e.old); n != e.count {
				return fmt.Errorf("%s has %q %d times, expected %d: the module is not the pinned one", name, e.old, n, e.count)
			}
			text = strings.ReplaceAll(text, e.old, e.new)
		}
		if err := os.WriteFile(filepath.Join(target, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	probe, err := os.ReadFile(filepath.Join("patch", "probe.go.txt"))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(target, "probe.go"), probe, 0o644)
}
