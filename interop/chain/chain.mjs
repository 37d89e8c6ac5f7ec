// A node of Pollen that follows a real execution client: after each thing that the chain does, the node's pool has to hold
// what a pool computed from scratch holds: of everything it was given and lost to no block, executable is the unbroken run
// of nonces from the chain's nonce on, and the rest is queued.
//
//   node interop/chain/chain.mjs --client anvil|hardhat --out FOLDER [--pollen PROGRAM]
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { createWriteStream, existsSync, mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HDNodeWallet, Mnemonic, parseEther, Transaction, Wallet } from 'ethers'
import { logs } from './logs.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '..', '..')
const CHAIN = 31337n
const GWEI = 10n ** 9n
const MNEMONIC = 'test test test test test test test test test test test junk'

const options = { client: 'anvil', pollen: join(root, 'pollen'), out: join(root, 'interop', 'target') }
for (let i = 2; i + 1 < process.argv.length; i += 2) options[process.argv[i].replace(/^--/, '')] = process.argv[i + 1]

let bad = 0
function check (name, passed, detail = '') {
  console.log(`${passed ? 'PASS' : 'FAIL'} ${options.client}: ${name}${detail === '' ? '' : ': ' + detail}`)
  if (!passed) bad++
}
const pause = (ms) => new Promise(resolve => setTimeout(resolve, ms))

async function rpc (url, method, ...params) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  })
  const answer = await response.json()
  if (answer.error != null) throw Object.assign(new Error(`${method}: ${answer.error.message}`), { answer: answer.error })
  return answer.result
}

function freePort () {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

const children = new Set()
function start (name, command, args, settings = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...settings })
  const log = createWriteStream(join(options.out, `chain-${options.client}-${name}.log`), { flags: 'a' })
  child.stdout.pipe(log, { end: false })
  child.stderr.pipe(log, { end: false })
  child.ended = new Promise(resolve => child.once('exit', (code, signal) => {
    children.delete(child)
    resolve(code ?? signal)
  }))
  child.once('error', () => children.delete(child))
  children.add(child)
  return child
}
process.on('exit', () => { for (const child of children) child.kill('SIGKILL') })
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))

async function until (probe, ms, every = 50) {
  const end = Date.now() + ms
  for (;;) {
    let answer
    try { answer = await probe() } catch { answer = false }
    if (answer) return answer
    if (Date.now() > end) return null
    await pause(every)
  }
}

// ---- The client ----

const chainPort = await freePort()
const chain = `http://127.0.0.1:${chainPort}`
const socket = `ws://127.0.0.1:${chainPort}`

async function startChain () {
  let child
  if (options.client === 'anvil') {
    // The program itself: the package's command is a wrapper, and killing that leaves the program behind.
    const machine = `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`
    const require = createRequire(import.meta.url)
    const binary = join(dirname(require.resolve(`@foundry-rs/anvil-${machine}/package.json`)), 'bin', 'anvil')
    child = start('client', binary, ['--port', String(chainPort), '--no-mining', '--mnemonic', MNEMONIC])
  } else {
    child = start('client', join(here, 'node_modules', '.bin', 'hardhat'),
      ['node', '--hostname', '127.0.0.1', '--port', String(chainPort), '--config', join(here, 'hardhat.config.cjs')],
      { cwd: here, env: { ...process.env, HARDHAT_DISABLE_TELEMETRY_PROMPT: 'true', CI: 'true' } })
  }
  if (await until(() => rpc(chain, 'eth_chainId'), 40_000) == null) throw new Error(`${options.client} does not start`)
  return child
}

// ---- The node ----

const data = join(options.out, `chain-${options.client}-data`)
rmSync(data, { recursive: true, force: true })
mkdirSync(options.out, { recursive: true })
const nodePort = await freePort()
const opsPort = await freePort()
const node = `http://127.0.0.1:${nodePort}`
const ops = `http://127.0.0.1:${opsPort}`

async function startNode () {
  const child = start('node', options.pollen, ['run', '--data-dir', data, '--chain-rpc', chain,
    '--p2p-host', '127.0.0.1', '--p2p-port', '0', '--rpc-port', String(nodePort), '--ops-port', String(opsPort),
    '--set', `chain.wsUrl=${socket}`, '--set', 'chain.id=31337', '--set', 'chain.poll=200ms', '--set', 'chain.stallAfter=2s'])
  if (await until(() => rpc(node, 'eth_blockNumber'), 60_000) == null) throw new Error('the node does not start')
  return child
}

async function metric (name) {
  const text = await (await fetch(`${ops}/metrics`)).text()
  const line = text.split('\n').find(one => one.startsWith(name + ' ') || one.startsWith(name + '{'))
  return line == null ? null : Number(line.slice(line.lastIndexOf(' ') + 1))
}
const ready = async () => await (await fetch(`${ops}/readyz?verbose`)).text()

// ---- Accounts, and what the pool should hold ----

const accounts = Array.from({ length: 10 }, (_, i) =>
  HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(MNEMONIC), `m/44'/60'/0'/0/${i}`))
const given = new Map() // hash → transaction: whatever the node was given itself
const known = new Map() // and whatever was in a block besides
const pooled = new Map() // hash → { from, nonce, raw }: what the node has been given and no block has taken for good

async function sign (wallet, nonce, fields = {}) {
  const raw = await wallet.signTransaction({
    type: 2, chainId: CHAIN, nonce, to: accounts[9].address, value: 1n, gasLimit: 21_000n,
    maxFeePerGas: 100n * GWEI, maxPriorityFeePerGas: GWEI, ...fields
  })
  return { raw, hash: Transaction.from(raw).hash, from: wallet.address.toLowerCase(), nonce: BigInt(nonce) }
}
async function give (tx) {
  await rpc(node, 'eth_sendRawTransaction', tx.raw)
  given.set(tx.hash, tx)
  known.set(tx.hash, tx)
  pooled.set(tx.hash, tx)
  return tx
}
// The client mines these, and nothing else.
async function mine (...transactions) {
  for (const tx of transactions) {
    await rpc(chain, 'eth_sendRawTransaction', tx.raw)
    known.set(tx.hash, tx)
    pooled.set(tx.hash, tx) // seen in a block: comes back when the block goes
  }
  await rpc(chain, 'evm_mine')
}

async function expected () {
  const content = { pending: [], queued: [] }
  const byAccount = new Map()
  for (const tx of pooled.values()) byAccount.set(tx.from, [...(byAccount.get(tx.from) ?? []), tx])
  for (const [from, list] of byAccount) {
    let next = BigInt(await rpc(chain, 'eth_getTransactionCount', from, 'latest'))
    for (const tx of list.sort((a, b) => (a.nonce < b.nonce ? -1 : 1))) {
      if (tx.nonce < next) continue // in a block
      if (tx.nonce === next) {
        content.pending.push(tx.hash)
        next++
      } else {
        content.queued.push(tx.hash)
      }
    }
  }
  return { pending: content.pending.sort(), queued: content.queued.sort() }
}
async function actual () {
  const content = await rpc(node, 'txpool_content')
  const hashes = (part) => Object.values(part).flatMap(account => Object.values(account)).map(tx => tx.hash).sort()
  return { pending: hashes(content.pending), queued: hashes(content.queued) }
}

// The node's head, base fee, nonces and pool are those of the chain.
async function agrees (what, ms = 8_000) {
  let last = ''
  const began = Date.now()
  const good = await until(async () => {
    const head = await rpc(chain, 'eth_getBlockByNumber', 'latest', false)
    const seen = await rpc(node, 'eth_blockNumber')
    if (seen !== head.number) { last = `head ${Number(seen)} instead of ${Number(head.number)}`; return false }
    const [want, have] = [await expected(), await actual()]
    if (JSON.stringify(want) !== JSON.stringify(have)) {
      last = `pool has ${have.pending.length} + ${have.queued.length} instead of ${want.pending.length} + ${want.queued.length}`
      return false
    }
    const fee = await metric('chain_base_fee_wei')
    if (BigInt(fee) !== BigInt(head.baseFeePerGas)) { last = `base fee ${fee} instead of ${Number(head.baseFeePerGas)}`; return false }
    for (const wallet of accounts) {
      const from = wallet.address.toLowerCase()
      const mined = BigInt(await rpc(chain, 'eth_getTransactionCount', from, 'latest'))
      const waiting = want.pending.filter(hash => pooled.get(hash).from === from).length
      const next = BigInt(await rpc(node, 'eth_getTransactionCount', from, 'pending'))
      if (next !== mined + BigInt(waiting)) { last = `next nonce of ${from} is ${next} instead of ${mined + BigInt(waiting)}`; return false }
    }
    last = `head ${Number(head.number)}, ${have.pending.length} executable, ${have.queued.length} queued, base fee ${BigInt(head.baseFeePerGas)}, ${Date.now() - began} ms`
    return true
  }, ms)
  check(what, good === true, last)
}

// After a leap to another chain, or a restart, what was in the pool has to be there. More of what is known may be: what the
// tracker had not yet seen mined, and what was in blocks if the new chain has the old one's first block.
async function leaps (what, must, ms) {
  let last = ''
  const good = await until(async () => {
    if (await rpc(node, 'eth_blockNumber') !== await rpc(chain, 'eth_blockNumber')) { last = 'another head'; return false }
    const have = await actual()
    const all = [...have.pending, ...have.queued]
    const missing = must.filter(hash => !all.includes(hash))
    if (missing.length > 0) { last = `${missing.length} of ${must.length} transactions are missing`; return false }
    const strange = all.filter(hash => !must.includes(hash) && !known.has(hash))
    if (strange.length > 0) { last = `${strange.length} transactions nobody gave it`; return false }
    pooled.clear()
    for (const hash of all) pooled.set(hash, known.get(hash))
    return true
  }, ms)
  if (good === true) await agrees(what, ms)
  else check(what, false, last)
}
const held = async () => { const have = await actual(); return [...have.pending, ...have.queued] }

// ---- What happens ----

async function ordinary () {
  const first = []
  for (const nonce of [0, 1, 2]) first.push(await give(await sign(accounts[0], nonce)))
  const other = await give(await sign(accounts[1], 0))
  const gap = await give(await sign(accounts[2], 1))
  await agrees('five transactions, one behind a gap')
  await mine(first[0], other)
  await agrees('a block takes two of them')
  await mine(await sign(accounts[2], 0))
  await agrees('a block with a transaction that the node never saw fills the gap')
  return { first, other, gap }
}

async function anvil () {
  const { first } = await ordinary()
  const before = await metric('chain_reorgs_total')
  await rpc(chain, 'anvil_reorg', 2, [])
  await agrees('O63 anvil_reorg of depth 2: three transactions of abandoned blocks are pooled again')
  check('O63 the reorganisation is counted, with its depth',
    await metric('chain_reorgs_total') === before + 1 && await metric('chain_reorg_depth_blocks') === 2)

  await logs({ rpc, node, chain, sign, give, mine, agrees, check, until })

  const snapshot = await rpc(chain, 'evm_snapshot')
  await mine(first[0], first[1])
  await mine(first[2])
  await agrees('two blocks after a snapshot')
  await rpc(chain, 'evm_revert', snapshot)
  await agrees('evm_revert: the head goes back, and the pool with it')

  for (const fee of [7n * GWEI, 1n * GWEI, 90n * GWEI]) {
    await rpc(chain, 'anvil_setNextBlockBaseFeePerGas', '0x' + fee.toString(16))
    await rpc(chain, 'evm_mine')
  }
  await agrees('the base fee moves')

  const poor = new Wallet('0x' + '7'.repeat(64))
  const tx = await sign(poor, 0)
  const refusal = await rpc(node, 'eth_sendRawTransaction', tx.raw).then(() => 'taken', err => err.message)
  // PUSH1 0 four times, CALLVALUE, PUSH20 address, GAS, CALL, STOP: the creation passes its value on.
  const code = '0x600060006000600034' + '73' + poor.address.slice(2).toLowerCase() + '5af100'
  await mine(await sign(accounts[3], 0, { to: null, data: code, value: parseEther('1'), gasLimit: 200_000n }))
  await agrees('a block in which code pays an account')
  const taken = await give(tx).then(() => 'taken', err => err.message)
  check('an account that code paid can pay', refusal.includes('insufficient funds') && taken === 'taken', `${refusal}; then ${taken}`)
  await agrees('its transaction is executable')
  await mine(tx)
  await agrees('and mined')

  // Out of reach of the reorganisations that follow, so that the account keeps what it was paid.
  for (let i = 0; i < 4; i++) await rpc(chain, 'evm_mine')
  // Blocks by the clock, with a reorganisation in between, while transactions come.
  await rpc(chain, 'evm_setIntervalMining', 1)
  for (let i = 0; i < 30; i++) {
    const wallet = accounts[4 + i % 4]
    const tx = await give(await sign(wallet, Math.floor(i / 4)))
    if (i % 3 !== 0) await rpc(chain, 'eth_sendRawTransaction', tx.raw).catch(() => {})
    if (i === 12 || i === 22) await rpc(chain, 'anvil_reorg', 3, [])
    await pause(120)
  }
  await rpc(chain, 'evm_setIntervalMining', 0)
  await agrees('30 transactions, blocks every second and two reorganisations of depth 3')
}

async function hardhat () {
  await ordinary()
  const snapshot = await rpc(chain, 'evm_snapshot')
  const tx = await give(await sign(accounts[4], 0))
  await mine(tx)
  await agrees('a block after a snapshot')
  await rpc(chain, 'evm_revert', snapshot)
  await agrees('evm_revert')
  const before = await held()
  await rpc(chain, 'hardhat_reset')
  await leaps('O64 hardhat_reset: another chain at the same address', before, 10_000)
  await mine(await sign(accounts[5], 0))
  await mine()
  await agrees('O64 blocks after the reset', 10_000)
  check('O64 the node is ready for all that', (await ready()).includes('chain ok'), (await ready()).trim().replaceAll('\n', ', '))
}

// The client goes; another one comes up at its address, with a chain that begins anew.
async function restart (child) {
  const before = await held()
  child.kill('SIGKILL')
  await child.ended
  const down = await until(async () => (await ready()).includes('chain source down'), 10_000)
  check('O65 the client is killed: the node is not ready', down === true, (await ready()).trim().replaceAll('\n', ', '))
  const again = await startChain()
  await leaps('O65 the client comes back with another chain', before, 15_000)
  await mine()
  await agrees('O65 and makes a block')
  const up = await until(async () => (await ready()).includes('chain ok'), 10_000)
  check('O65 the node is ready again, without a restart', up === true)
  return again
}

// Whoever was told that the node has a transaction finds it there after a crash.
async function crash (running) {
  for (let i = 0; i < 20; i++) await give(await sign(accounts[8], i))
  const acknowledged = (await held()).filter(hash => given.has(hash))
  running.kill('SIGKILL')
  await running.ended
  const again = await startNode()
  await leaps(`O26 kill -9 of the node: its ${acknowledged.length} local transactions are back`, acknowledged, 25_000)
  return again
}

try {
  let client = await startChain()
  let running = await startNode()
  await agrees('the node starts on the chain')
  if (options.client === 'anvil') {
    await anvil()
    client = await restart(client)
    if (existsSync(join(data, 'pool', 'transactions.rlp'))) running = await crash(running)
  } else {
    await hardhat()
  }
  running.kill('SIGTERM')
  check('the node stops with 0', await running.ended === 0)
  client.kill('SIGKILL')
} catch (err) {
  check('program', false, String(err?.stack ?? err).split('\n').slice(0, 4).join(' | '))
}
process.exit(bad === 0 ? 0 : 1)
