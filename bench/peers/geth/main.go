// Pool measures go-ethereum's legacypool with the inputs of PoolFigures: what a CPU second of the process takes.
//
//	go run . [slices]
package main

import (
	"crypto/ecdsa"
	"fmt"
	"math/big"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/ethereum/go-ethereum/core/txpool"
	"github.com/ethereum/go-ethereum/core/txpool/legacypool"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/event"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"
)

const (
	fresh = 4096
	known = 32768
	run   = 16
	batch = 128
)

// chain is a head on which every account is rich.
type chain struct {
	head *types.Header
	db   *state.StateDB
}

func (c *chain) Config() *params.ChainConfig               { return params.MergedTestChainConfig }
func (c *chain) CurrentBlock() *types.Header               { return c.head }
func (c *chain) GetBlock(common.Hash, uint64) *types.Block { return nil }
func (c *chain) SubscribeChainHeadEvent(chan<- core.ChainHeadEvent) event.Subscription {
	return nil
}
func (c *chain) StateAt(common.Hash, *big.Int, uint64) (*state.StateDB, error) {
	return c.db, nil
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func cpu() float64 {
	var u syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

func newPool(keys []*ecdsa.PrivateKey, n int) *legacypool.LegacyPool {
	db, err := state.New(types.EmptyRootHash, state.NewDatabaseForTesting())
	must(err)
	rich := new(uint256.Int).Exp(uint256.NewInt(10), uint256.NewInt(30))
	for _, k := range keys {
		db.SetBalance(crypto.PubkeyToAddress(k.PublicKey), rich, tracing.BalanceChangeUnspecified)
	}
	head := &types.Header{
		Difficulty: new(big.Int), Number: big.NewInt(1), Time: 12, GasLimit: 30_000_000, GasUsed: 15_000_000, BaseFee: big.NewInt(10),
	}
	c := &chain{head, db}
	p := legacypool.New(legacypool.Config{
		NoLocals: true, PriceLimit: 1, PriceBump: 10, AccountSlots: run, GlobalSlots: uint64(2 * n), AccountQueue: 64, GlobalQueue: uint64(n),
		Lifetime: 3 * time.Hour, Rejournal: time.Hour,
	}, c)
	must(p.Init(1, head, txpool.NewReservationTracker().NewHandle(1)))
	return p
}

func measure(name string, slices, n int, work func() func() *legacypool.LegacyPool) {
	var seconds []float64
	for i := -2; i < slices; i++ {
		f := work()
		before := cpu()
		p := f()
		took := cpu() - before
		if i >= 0 {
			seconds = append(seconds, took)
		}
		pending, queued := p.Stats()
		if pending != n || queued != 0 {
			panic(fmt.Sprint(pending, " executable, ", queued, " queued"))
		}
		must(p.Close())
	}
	all := 0.0
	for _, s := range seconds {
		all += s
	}
	fmt.Printf("%-50s %.0f a CPU second\n", name, float64(n*len(seconds))/all)
}

func add(p *legacypool.LegacyPool, txs []*types.Transaction, sync bool) {
	for i := 0; i < len(txs); i += batch {
		last := i+batch >= len(txs)
		for _, err := range p.Add(txs[i:min(len(txs), i+batch)], sync || last) {
			must(err)
		}
	}
}

func main() {
	slices := 9
	if len(os.Args) > 1 {
		slices, _ = strconv.Atoi(os.Args[1])
	}
	signer := types.LatestSigner(params.MergedTestChainConfig)
	var keys []*ecdsa.PrivateKey
	var txs []*types.Transaction
	var raw [][]byte
	for a := 0; a < known/run; a++ {
		k, err := crypto.GenerateKey()
		must(err)
		keys = append(keys, k)
		for n := uint64(0); n < run; n++ {
			tx, err := types.SignNewTx(k, signer, &types.DynamicFeeTx{
				ChainID: params.MergedTestChainConfig.ChainID, Nonce: n, GasTipCap: big.NewInt(10), GasFeeCap: big.NewInt(1000 + int64(a)*31%97),
				Gas: 21000, To: &common.Address{1}, Value: big.NewInt(1),
			})
			must(err)
			b, err := tx.MarshalBinary()
			must(err)
			_, err = types.Sender(signer, tx)
			must(err)
			txs, raw = append(txs, tx), append(raw, b)
		}
	}
	measure("raw bytes to executable, recovery included", slices, fresh, func() func() *legacypool.LegacyPool {
		p := newPool(keys, fresh)
		return func() *legacypool.LegacyPool {
			var list []*types.Transaction
			for i := 0; i < fresh; i++ {
				tx := new(types.Transaction)
				must(tx.UnmarshalBinary(raw[i]))
				if list = append(list, tx); len(list) == batch {
					add(p, list, true)
					list = nil
				}
			}
			return p
		}
	})
	for _, sync := range []bool{true, false} {
		name := "known senders, each batch with its run"
		if !sync {
			name = "known senders, runs when it likes"
		}
		measure(name, slices, known, func() func() *legacypool.LegacyPool {
			p := newPool(keys, known)
			return func() *legacypool.LegacyPool {
				if sync {
					add(p, txs, true)
					return p
				}
				add(p, txs, false)
				return p
			}
		})
	}
}
