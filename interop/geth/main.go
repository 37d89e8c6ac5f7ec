// Oracle drives go-ethereum's legacypool with streams of operations and prints what each one did.
//
//	oracle < streams > answers
//
// The format of both is described in README.md.
package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"math/big"
	"os"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/ethereum/go-ethereum/core/txpool"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"

	"pollen/interop/geth/target/legacypool"
)

var names = []struct {
	err  error
	name string
}{
	{txpool.ErrAlreadyKnown, "ErrAlreadyKnown"},
	{txpool.ErrInvalidSender, "ErrInvalidSender"},
	{txpool.ErrReplaceUnderpriced, "ErrReplaceUnderpriced"},
	{txpool.ErrTxGasPriceTooLow, "ErrTxGasPriceTooLow"},
	{txpool.ErrUnderpriced, "ErrUnderpriced"},
	{txpool.ErrGasLimit, "ErrGasLimit"},
	{txpool.ErrOversizedData, "ErrOversizedData"},
	{txpool.ErrAlreadyReserved, "ErrAlreadyReserved"},
	{txpool.ErrInflightTxLimitReached, "ErrInflightTxLimitReached"},
	{legacypool.ErrTxPoolOverflow, "ErrTxPoolOverflow"},
	{legacypool.ErrOutOfOrderTxFromDelegated, "ErrOutOfOrderTxFromDelegated"},
	{legacypool.ErrAuthorityReserved, "ErrAuthorityReserved"},
	{legacypool.ErrFutureReplacePending, "ErrFutureReplacePending"},
	{core.ErrNonceTooLow, "ErrNonceTooLow"},
	{core.ErrNonceMax, "ErrNonceMax"},
	{core.ErrInsufficientFunds, "ErrInsufficientFunds"},
	{core.ErrIntrinsicGas, "ErrIntrinsicGas"},
	{core.ErrFloorDataGas, "ErrFloorDataGas"},
	{core.ErrGasLimitTooHigh, "ErrGasLimitTooHigh"},
	{core.ErrTipAboveFeeCap, "ErrTipAboveFeeCap"},
	{core.ErrFeeCapVeryHigh, "ErrFeeCapVeryHigh"},
	{core.ErrTipVeryHigh, "ErrTipVeryHigh"},
	{core.ErrTxTypeNotSupported, "ErrTxTypeNotSupported"},
}

func name(err error) string {
	if err == nil {
		return "ok"
	}
	for _, n := range names {
		if errors.Is(err, n.err) {
			return n.name
		}
	}
	if strings.Contains(err.Error(), "must have at least one authorization") {
		return "ErrEmptyAuthList"
	}
	return "?" + err.Error()
}

// ---- accounts ----

var (
	keyed     []account
	byAddress = map[common.Address]int{}
)

type account struct {
	address common.Address
	consent types.SetCodeAuthorization
}

// accountOf returns the account whose private key is the number after its own.
func accountOf(i int) account {
	for len(keyed) <= i {
		n := len(keyed)
		key, err := crypto.ToECDSA(common.BigToHash(big.NewInt(int64(n + 1))).Bytes())
		must(err)
		consent, err := types.SignSetCode(key, types.SetCodeAuthorization{
			ChainID: *uint256.NewInt(1), Address: common.Address{1}, Nonce: 0})
		must(err)
		address := crypto.PubkeyToAddress(key.PublicKey)
		byAddress[address] = n
		keyed = append(keyed, account{address, consent})
	}
	return keyed[i]
}

// numbered is a signer to whom the r of a signature names the account: signatures are not what is
// compared here.
type numbered struct{ types.Signer }

func (s numbered) Sender(tx *types.Transaction) (common.Address, error) {
	_, r, _ := tx.RawSignatureValues()
	if r.Sign() == 0 {
		return common.Address{}, types.ErrInvalidSig
	}
	return accountOf(int(r.Int64()) - 1).address, nil
}

func (s numbered) Equal(other types.Signer) bool {
	_, ok := other.(numbered)
	return ok
}

// ---- the chain ----

type entry struct {
	nonce   uint64
	balance *uint256.Int
	code    bool
}

type node struct {
	header  *types.Header
	block   *types.Block
	state   map[int]entry
	missing bool
	lost    bool // its state
}

type chain struct {
	config *params.ChainConfig
	nodes  map[int]*node
	byHash map[common.Hash]*node
	byRoot map[common.Hash]*node
	head   *node
	db     state.Database
}

func (c *chain) Config() *params.ChainConfig { return c.config }
func (c *chain) CurrentBlock() *types.Header { return c.head.header }

func (c *chain) GetBlock(hash common.Hash, number uint64) *types.Block {
	n := c.byHash[hash]
	if n == nil || n.missing {
		return nil
	}
	return n.block
}

func (c *chain) StateAt(root common.Hash, number *big.Int, time uint64) (*state.StateDB, error) {
	n := c.byRoot[root]
	if n == nil || n.lost {
		return nil, errors.New("no such state")
	}
	db, err := state.New(types.EmptyRootHash, c.db)
	if err != nil {
		return nil, err
	}
	for i, e := range n.state {
		a := accountOf(i).address
		db.SetNonce(a, e.nonce, tracing.NonceChangeUnspecified)
		db.SetBalance(a, e.balance, tracing.BalanceChangeUnspecified)
		if e.code {
			db.SetCode(a, types.AddressToDelegation(common.Address{1}), tracing.CodeChangeUnspecified)
		}
	}
	return db, nil
}

func (c *chain) add(id, parent int, f []string, txs types.Transactions) {
	h := &types.Header{
		Difficulty: new(big.Int),
		Number:     new(big.Int),
		Root:       common.BigToHash(big.NewInt(int64(id) + 1)),
		Time:       number(f[0]),
		GasLimit:   number(f[1]),
		GasUsed:    number(f[2]),
	}
	if f[3] != "-" {
		h.BaseFee = decimal(f[3])
	}
	n := &node{header: h, state: map[int]entry{}}
	if p := c.nodes[parent]; p != nil {
		h.ParentHash = p.header.Hash()
		h.Number.Add(p.header.Number, common.Big1)
		for i, e := range p.state {
			n.state[i] = e
		}
	}
	for _, word := range f[4:] {
		p := strings.Split(word, ":")
		n.state[int(number(p[0]))] = entry{number(p[1]), uint256.MustFromBig(decimal(p[2])), p[3] == "d"}
	}
	n.block = types.NewBlockWithHeader(h).WithBody(types.Body{Transactions: txs})
	c.nodes[id] = n
	c.byHash[h.Hash()] = n
	c.byRoot[h.Root] = n
}

// ---- one stream ----

type stream struct {
	out   *bufio.Writer
	chain *chain
	pool  *legacypool.LegacyPool
	feed  chan core.NewTxsEvent

	reserved  *txpool.ReservationTracker
	others    *txpool.ReservationHandle
	txs       []*types.Transaction
	ids       map[common.Hash]int
	where     []byte
	nonces    map[int]uint64
	held      map[int]bool
	accounts  int
	settings  []string
	announced []*types.Transaction
}

func newStream(out *bufio.Writer, settings []string) *stream {
	return &stream{out: out, settings: settings, ids: map[common.Hash]int{}, nonces: map[int]uint64{}, held: map[int]bool{},
		chain: &chain{nodes: map[int]*node{}, byHash: map[common.Hash]*node{}, byRoot: map[common.Hash]*node{},
			db: state.NewDatabaseForTesting()}}
}

// open starts the pool; settings: seed accounts accountSlots globalSlots accountQueue globalQueue
// priceLimit priceBump lifetimeSeconds forks
func (s *stream) open() {
	f := s.settings
	s.accounts = int(number(f[1]))
	for i := range s.accounts {
		accountOf(i)
	}
	s.chain.config = forks(f[9])
	s.chain.head = s.chain.nodes[0]
	s.pool = legacypool.New(legacypool.Config{
		AccountSlots: number(f[2]), GlobalSlots: number(f[3]), AccountQueue: number(f[4]), GlobalQueue: number(f[5]),
		PriceLimit: number(f[6]), PriceBump: number(f[7]), Lifetime: time.Duration(number(f[8]))*time.Second + time.Second/2,
	}, s.chain)
	legacypool.ProbeReset()
	s.pool.ProbeOpen(numbered{types.LatestSigner(s.chain.config)})
	s.reserved = txpool.NewReservationTracker()
	s.others = s.reserved.NewHandle(2)
	must(s.pool.Init(number(f[6]), s.chain.head.header, s.reserved.NewHandle(1)))
	s.feed = make(chan core.NewTxsEvent, 16)
	s.pool.SubscribeTransactions(s.feed, true)
}

func (s *stream) close() {
	if s.pool != nil {
		must(s.pool.Close())
		s.pool.ProbeClose()
	}
}

func forks(text string) *params.ChainConfig {
	config := *params.TestChainConfig
	zero := uint64(0)
	config.ChainID = big.NewInt(1)
	config.TerminalTotalDifficulty = new(big.Int)
	config.MergeNetsplitBlock = new(big.Int)
	config.BlobScheduleConfig = params.DefaultBlobSchedule
	kind, at, _ := strings.Cut(text, "@")
	switch kind {
	case "london":
		block := decimal(at)
		config.LondonBlock = block
		config.ArrowGlacierBlock = block
		config.GrayGlacierBlock = block
	case "osaka":
		begin := number(at)
		config.ShanghaiTime, config.CancunTime, config.PragueTime, config.OsakaTime = &zero, &zero, &zero, &begin
	default:
		config.ShanghaiTime, config.CancunTime, config.PragueTime = &zero, &zero, &zero
	}
	return &config
}

// define makes a transaction; fields: id type account nonce gas cap tip value dataLength authorities
func (s *stream) define(f []string) {
	data := make([]byte, number(f[8]))
	gas, nonce, tip, cap, value := number(f[4]), number(f[3]), decimal(f[6]), decimal(f[5]), decimal(f[7])
	r := new(big.Int).SetInt64(int64(number(f[2])) + 1)
	if f[9] == "bad" {
		r = new(big.Int)
	}
	to := common.Address{}
	var inner types.TxData
	switch f[1] {
	case "0":
		inner = &types.LegacyTx{Nonce: nonce, GasPrice: cap, Gas: gas, To: &to, Value: value, Data: data, V: big.NewInt(37), R: r, S: common.Big1}
	case "1":
		inner = &types.AccessListTx{ChainID: common.Big1, Nonce: nonce, GasPrice: cap, Gas: gas, To: &to, Value: value, Data: data, V: new(big.Int), R: r, S: common.Big1}
	case "2":
		inner = &types.DynamicFeeTx{ChainID: common.Big1, Nonce: nonce, GasTipCap: tip, GasFeeCap: cap, Gas: gas, To: &to, Value: value, Data: data, V: new(big.Int), R: r, S: common.Big1}
	case "4":
		var list []types.SetCodeAuthorization
		for _, word := range strings.Split(f[9], ",") {
			if word != "-" && word != "bad" {
				list = append(list, accountOf(int(number(word))).consent)
			}
		}
		inner = &types.SetCodeTx{ChainID: uint256.NewInt(1), Nonce: nonce, GasTipCap: uint256.MustFromBig(tip), GasFeeCap: uint256.MustFromBig(cap), Gas: gas, To: to,
			Value: uint256.MustFromBig(value), Data: data, AuthList: list, V: new(uint256.Int), R: uint256.MustFromBig(r), S: uint256.NewInt(1)}
	default:
		panic("type " + f[1])
	}
	tx := types.NewTx(inner)
	s.ids[tx.Hash()] = len(s.txs)
	s.txs = append(s.txs, tx)
	s.where = append(s.where, '-')
}

func (s *stream) list(words []string) types.Transactions {
	var txs types.Transactions
	for _, w := range words {
		txs = append(txs, s.txs[number(w)])
	}
	return txs
}

func (s *stream) head(word string) *types.Header {
	if word == "-" {
		return nil
	}
	return s.chain.nodes[int(number(word))].header
}

// step does one operation; true if it has an answer.
func (s *stream) step(f []string) bool {
	if s.pool == nil && f[0] != "T" && f[0] != "B" {
		s.open()
	}
	var verdicts []string
	switch f[0] {
	case "T":
		s.define(f[1:])
		return false
	case "B": // id parent time gasLimit gasUsed baseFee account:nonce:balance:code... / transactions...
		cut := len(f)
		for i, w := range f {
			if w == "/" {
				cut = i
			}
		}
		var txs types.Transactions
		if cut < len(f) {
			txs = s.list(f[cut+1:])
		}
		parent := -1
		if f[2] != "-" {
			parent = int(number(f[2]))
		}
		s.chain.add(int(number(f[1])), parent, f[3:cut], txs)
		return false
	case "m":
		n := s.chain.nodes[int(number(f[1]))]
		n.missing = f[2] == "block"
		n.lost = f[2] == "state"
		return false
	case "V": // another sub-pool takes or leaves an account
		a := accountOf(int(number(f[1]))).address
		if f[2] == "+" {
			verdicts = append(verdicts, name(s.others.Hold(a)))
		} else if s.others.Release(a) == nil {
			verdicts = append(verdicts, "ok")
		} else {
			verdicts = append(verdicts, "no")
		}
	case "A", "a":
		s.pool.ProbeHold(f[0] == "a")
		for _, err := range s.pool.Add(s.list(f[1:]), f[0] == "A") {
			verdicts = append(verdicts, name(err))
		}
		s.pool.ProbeHold(false)
	case "R":
		s.pool.ProbeRun()
	case "H":
		if f[2] != "-" {
			s.chain.head = s.chain.nodes[int(number(f[2]))]
		}
		s.pool.ProbeForget()
		s.pool.Reset(s.head(f[1]), s.head(f[2]))
	case "P":
		s.pool.SetGasTip(decimal(f[1]))
	case "E":
		legacypool.ProbeAdvance(time.Duration(number(f[1])) * time.Second)
		s.pool.ProbeEvict()
	default:
		panic("operation " + f[0])
	}
	s.answer(verdicts)
	return true
}

func (s *stream) answer(verdicts []string) {
	pending, queued := s.pool.Content()
	now := make([]byte, len(s.txs))
	for i, tx := range s.txs {
		now[i] = '-'
		if s.pool.Has(tx.Hash()) {
			now[i] = '?'
		}
	}
	mark := func(groups map[common.Address][]*types.Transaction, letter byte) {
		for _, txs := range groups {
			for _, tx := range txs {
				id := s.ids[tx.Hash()]
				switch now[id] {
				case '?':
					now[id] = letter
				case '-':
					now[id] = letter - 32 // in a list but not in the index
				default:
					now[id] = '2'
				}
			}
		}
	}
	mark(pending, 'p')
	mark(queued, 'q')
	var moves, nonces, reserved, events []string
	for id := range now {
		if now[id] != s.where[id] {
			moves = append(moves, strconv.Itoa(id)+string(now[id]))
		}
	}
	s.where = now
	for i := range s.accounts {
		a := accountOf(i).address
		if n := s.pool.Nonce(a); n != s.nonces[i] {
			s.nonces[i] = n
			nonces = append(nonces, fmt.Sprintf("%d=%d", i, n))
		}
		if h := s.others.Has(a); h != s.held[i] {
			s.held[i] = h
			reserved = append(reserved, fmt.Sprintf("%d=%t", i, h))
		}
	}
	for more := true; more; {
		select {
		case e := <-s.feed:
			s.announced = append(s.announced, e.Txs...)
		default:
			more = false
		}
	}
	sort.SliceStable(s.announced, func(i, j int) bool {
		a, b := s.announced[i], s.announced[j]
		x, _ := types.Sender(numbered{}, a)
		y, _ := types.Sender(numbered{}, b)
		if c := bytes.Compare(x[:], y[:]); c != 0 {
			return c < 0
		}
		return a.Nonce() < b.Nonce()
	})
	for _, tx := range s.announced {
		events = append(events, strconv.Itoa(s.ids[tx.Hash()]))
	}
	s.announced = nil
	urgent, floating, stales, changes := s.pool.ProbePrices()
	fmt.Fprintf(s.out, "%s|%s|%s|%s|%s|%d %d %d %d\n", strings.Join(verdicts, " "), strings.Join(moves, " "),
		strings.Join(nonces, " "), strings.Join(reserved, " "), strings.Join(events, " "), urgent, floating, stales, changes)
}

func number(s string) uint64 {
	n, err := strconv.ParseUint(s, 10, 64)
	must(err)
	return n
}

func decimal(s string) *big.Int {
	n, ok := new(big.Int).SetString(s, 10)
	if !ok {
		panic("number " + s)
	}
	return n
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 1<<20), 1<<24)
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	defer out.Flush()
	var s *stream
	for in.Scan() {
		f := strings.Fields(in.Text())
		if len(f) == 0 {
			continue
		}
		if f[0] == "S" {
			if s != nil {
				s.close()
			}
			s = newStream(out, f[1:])
			fmt.Fprintln(out, in.Text())
			continue
		}
		s.step(f)
	}
	must(in.Err())
	if s != nil {
		s.close()
	}
}
