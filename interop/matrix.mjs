// Runs gossip peers of several implementations against each other: one line for each check.
//
//   node interop/matrix.mjs [--only go,rust,js] [--part all|matrix|pairs|control|mesh] [--cells WORDS] [--report FILE]
//                           [--nodes 20,5,5,5] [--messages 1000]    Pollen, go, rust and js nodes of the mesh
//                           [--policies strict-sign,lax-sign]       signing policies of the pairs; without it all four
//   node interop/matrix.mjs --part speed [--rounds 5] [--mebibytes 512]     bytes for a second of CPU time, ours and go's
//   node interop/matrix.mjs --part transports [--mebibytes 100] [--pairs all|ours] [--cells wss] [--report FILE]
//
// Every peer is a program that takes the commands listed in interop/README.md; this starts and ends them.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { cpSync, createWriteStream, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'

const here = dirname(fileURLToPath(import.meta.url))
const root = dirname(here)
const words = process.argv.slice(2)
const option = (name, otherwise) => {
  const at = words.indexOf('--' + name)
  return at < 0 ? otherwise : words[at + 1]
}
const TOPIC = 'interop'
const logs = join(here, 'target')
mkdirSync(logs, { recursive: true })
// Our node as it is now: a JVM ends when a build replaces the archives that it runs from.
const app = mkdtempSync(join(logs, 'app-'))
process.on('exit', () => rmSync(app, { recursive: true, force: true }))

// A JDK that is new enough, as the launcher finds it.
function java () {
  const homes = [process.env.POLLEN_JAVA_HOME, process.env.JAVA_HOME]
  for (const folder of ['/usr/lib/jvm', '/opt/java']) {
    if (existsSync(folder)) for (const name of readdirSync(folder).sort()) homes.push(join(folder, name))
  }
  for (const home of homes) {
    if (!home || !existsSync(join(home, 'release')) || !existsSync(join(home, 'bin/java'))) continue
    const version = /^JAVA_VERSION="(\d+)/m.exec(readFileSync(join(home, 'release'), 'utf8'))
    if (version != null && Number(version[1]) >= 25) return join(home, 'bin/java')
  }
  return 'java'
}

const programs = {
  pollen: (count) => [java(), [ // a few nodes live too short for the better compiler
    '-XX:+UseSerialGC', '-Xmx1g', ...(count > 3 || part === 'speed' ? [] : ['-XX:TieredStopAtLevel=1']), '--enable-native-access=ALL-UNNAMED', '--sun-misc-unsafe-memory-access=allow',
    '-cp', ['pollen.jar', 'lib/*', 'classes'].map(part => join(app, part)).join(':'),
    'org.pollen.node.interop.InteropPeer']],
  go: () => [join(here, 'go/target/peer'), []],
  rust: () => [join(here, 'rust/target/release/pollen-interop-rust'), []],
  js: () => [process.execPath, [join(here, 'js/gossip-peer.mjs')]]
}
// Compiles the peer against the packaged node; its source is checked with the tests of the module.
function compiled () {
  if (!existsSync(join(root, 'node/target/pollen.jar'))) return false
  for (const part of ['pollen.jar', 'lib']) cpSync(join(root, 'node/target', part), join(app, part), { recursive: true })
  execFileSync(java() + 'c', ['-cp', [join(app, 'pollen.jar'), join(app, 'lib/*')].join(':'), '-d', join(app, 'classes'),
    ...['InteropPeer', 'TransferStreams'].map(name => join(root, `node/src/test/java/org/pollen/node/interop/${name}.java`))], { stdio: ['ignore', 'inherit', 'inherit'] })
  return true
}
const present = {
  pollen: compiled(),
  go: existsSync(join(here, 'go/target/peer')),
  rust: existsSync(join(here, 'rust/target/release/pollen-interop-rust')),
  js: existsSync(join(here, 'js/node_modules/@libp2p/gossipsub'))
}

// One program. Answers come in the order of the commands.
let serial = 0
const versions = new Set()
const running = new Set()
class Program {
  constructor (kind, options, count) {
    const [command, args] = programs[kind](count)
    const flags = Object.entries(options).flatMap(([name, value]) =>
      kind === 'go' ? [`--${name}=${value}`] : [`--${name}`, String(value)])
    if (kind === 'pollen') flags.push('--count', String(count))
    const env = { ...process.env, ...(options.wss ? { NODE_EXTRA_CA_CERTS: join(options.wss, 'certificate.pem') } : {}) } // what js trusts
    this.child = spawn(command, [...args, ...flags], { stdio: ['pipe', 'pipe', 'pipe'], env })
    const log = `peer-${process.pid}-${++serial}-${kind}.log`
    this.child.stderr.pipe(createWriteStream(join(logs, log)))
    this.child.stdin.on('error', () => {})
    this.waiting = []
    this.ready = []
    this.started = new Promise((resolve, reject) => {
      this.child.on('error', reject)
      this.child.on('exit', (code, signal) => {
        this.gone = new Error(`${kind} ended with ${code ?? signal}, see ${log}`)
        reject(this.gone)
        for (const { reject } of this.waiting) reject(this.gone)
        running.delete(this)
      })
      createInterface({ input: this.child.stdout }).on('line', (line) => {
        const said = JSON.parse(line)
        if (said.event === 'ready') {
          this.ready.push(said)
          versions.add(said.version)
          if (this.ready.length === count) resolve()
        } else {
          const { resolve, reject } = this.waiting.shift()
          if (said.error == null) resolve(said)
          else reject(new Error(`${kind}: ${said.answer}: ${said.error}`))
        }
      })
    })
    this.started.catch(() => {})
    running.add(this)
  }

  ask (line) {
    return new Promise((resolve, reject) => {
      if (this.gone != null) return reject(this.gone)
      this.waiting.push({ resolve, reject })
      this.child.stdin.write(line + '\n')
    })
  }

  async end () {
    this.child.stdin.end()
    const gone = new Promise(resolve => this.child.once('exit', resolve))
    if (this.child.exitCode == null) await Promise.race([gone, pause(3000)])
    if (this.child.exitCode == null) this.child.kill('SIGKILL')
  }
}

// One peer of a program.
class Peer {
  constructor (kind, program, index) {
    Object.assign(this, { kind, program, index }, program.ready[index])
  }

  do (...command) {
    return this.program.ask(`@${this.index} ` + command.join(' '))
  }

  async dial (other) { await this.do('dial', other.addr) }
  async join () { await this.do('join', TOPIC) }
  async mesh () { return (await this.do('mesh', TOPIC)).peers }
  async subscribers () { return (await this.do('subscribers', TOPIC)).peers }
  async names () { return (await this.do('received')).names }
  async stats () { return (await this.do('stats')).stats }
  async publish (count, size, prefix) { return await this.do('publish', TOPIC, count, size, prefix) }
}

export async function start (kind, options = {}, count = 1) {
  if (kind === 'pollen') {
    const program = new Program(kind, options, count)
    await program.started
    return Array.from({ length: count }, (_, i) => new Peer(kind, program, i))
  }
  const all = Array.from({ length: count }, () => new Program(kind, options, 1))
  await Promise.all(all.map(program => program.started))
  return all.map(program => new Peer(kind, program, 0))
}

export const pause = (ms) => new Promise(resolve => setTimeout(resolve, ms))

export async function until (probe, ms = 20_000) {
  const end = Date.now() + ms
  for (;;) {
    if (await probe()) return true
    if (Date.now() > end) return false
    await pause(100)
  }
}

let bad = 0
const rows = []
function check (cell, name, passed, detail = '') {
  console.log(`${passed ? 'PASS' : 'FAIL'} ${cell}: ${name}${detail === '' ? '' : ': ' + detail}`)
  rows.push({ cell, name, passed, detail })
  if (!passed) bad++
}

// Runs one cell with peers of its own and ends them.
async function cell (name, body) {
  if (!name.includes(named)) return
  const from = Date.now()
  try {
    await body((what, passed, detail) => check(name, what, passed, detail))
  } catch (err) {
    check(name, 'ran', false, String(err.message ?? err))
  }
  await Promise.all([...running].map(program => program.end()))
  console.log(`cell ${name}: ${Date.now() - from} ms`)
}

const numbered = (prefix, count) => Array.from({ length: count }, (_, i) => `${prefix}#${i}`)
const once = (names, wanted) => {
  const counts = new Map()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  const missing = wanted.filter(name => !counts.has(name)).length
  const twice = [...counts.values()].filter(n => n > 1).length
  return { good: missing === 0 && twice === 0, text: `${wanted.length - missing} of ${wanted.length}, ${twice} more than once` }
}

// Two peers that talk: who dials, and what policy they sign by.
async function pair (dialler, listener, options, tell) {
  const [[a], [b]] = await Promise.all([start(dialler, options), start(listener, options)])
  await a.join()
  await b.join()
  await a.dial(b)
  const floods = options.protocol === 'floodsub'
  const met = await until(async () => floods
    ? (await a.subscribers()).includes(b.id) && (await b.subscribers()).includes(a.id)
    : (await a.mesh()).includes(b.id) && (await b.mesh()).includes(a.id))
  tell(floods ? 'they know their subscriptions' : 'mesh forms', met)
  for (const [from, to] of [[a, b], [b, a]]) {
    await from.publish(20, 200, from.kind)
    const wanted = numbered(from.kind, 20)
    await until(async () => (await to.names()).length >= wanted.length)
    await pause(200)
    const { good, text } = once(await to.names(), wanted)
    tell(`messages ${from.kind} to ${to.kind}`, good, text)
  }
}

// A message that a peer outside the mesh hears of by IHAVE and fetches by IWANT: the publisher has a mesh of
// two and no room, the receiver refuses every graft.
async function recover (publisher, receiver, tell) {
  const [[p], helpers, [r]] = await Promise.all([start(publisher, { d: 2 }), start('pollen', {}, 2), start(receiver, { d: 0 })])
  for (const peer of [p, ...helpers, r]) await peer.join()
  for (const helper of helpers) await p.dial(helper)
  const full = async () => helpers.every((mesh => helper => mesh.includes(helper.id))(await p.mesh()))
  tell('the publisher has its mesh', await until(full))
  await p.dial(r)
  await until(async () => (await p.subscribers()).includes(r.id))
  await pause(1500)
  tell('the receiver is not in it', await full() && !(await p.mesh()).includes(r.id) && (await r.mesh()).length === 0)
  await p.publish(5, 300, 'r')
  await until(async () => (await r.names()).length >= 5)
  await pause(300)
  const { good, text } = once(await r.names(), numbered('r', 5))
  tell('it fetches what it missed', good, text)
}

// One peer gets large messages and says IDONTWANT to another, which has them too and, when its verdicts come, must not
// send them. The first peer's verdicts come later still: else it would send them itself, and who got a message from a
// peer does not send it there. The control runs the same without IDONTWANT.
async function unwanted (asking, asked, tell) {
  for (const protocol of ['1.1', '1.2']) {
    const options = { protocol, hold: true, heartbeat: 1000 } // who hears IDONTWANT forgets it after three heartbeats
    const [[origin], [quick], [slow]] = await Promise.all(['pollen', asking, asked].map(kind => start(kind, options)))
    for (const peer of [origin, quick, slow]) await peer.join()
    await origin.dial(quick)
    await origin.dial(slow)
    await quick.dial(slow)
    const full = await until(async () => (await Promise.all([origin, quick, slow].map(peer => peer.mesh()))).every(mesh => mesh.length === 2))
    if (!full) throw new Error('no full mesh of three')
    const ours = asking === 'pollen' ? quick : slow // the one that counts
    const stat = async (name) => (await ours.stats())[name] ?? 0
    const copies = async () => asking === 'pollen' ? await duplicates(quick) : await stat('gossipsub_idontwant_saved_total')
    const have = async (peer, count) => await until(async () => (await peer.names()).length >= count)
    await origin.publish(5, 300, 'small') // too small for IDONTWANT: everything has run once when it matters
    await have(slow, 5)
    await have(quick, 5)
    await pause(500)
    const before = await copies()
    await slow.do('hold')
    await quick.do('hold')
    await origin.publish(5, 4000, 'large')
    const arrived = await until(async () => (await slow.do('held')).count === 5 && (await quick.do('held')).count === 5)
    if (!arrived) throw new Error('the messages do not arrive')
    const wanted = (asking === 'pollen') === (protocol === '1.1') ? 5 : 0
    if (protocol === '1.2') {
      const told = await until(async () => await stat(`gossipsub_idontwant_ids_total ${ours === quick ? 'out' : 'in'}`) >= 5)
      if (!told) throw new Error('IDONTWANT is not sent')
      if (ours === quick) await pause(200) // the other cannot say when it has heard it
    }
    await slow.do('release')
    if (wanted > 0) await until(async () => await copies() - before >= wanted)
    await pause(1000)
    const count = await copies() - before
    const what = asking === 'pollen' ? 'copies came twice' : 'copies were not sent'
    tell(protocol === '1.1' ? 'control without IDONTWANT' : 'IDONTWANT is honoured', count === wanted, `${count} ${what}`)
    await quick.do('release')
    const all = await have(quick, 10) && await have(slow, 10)
    tell(`both have everything, meshsub ${protocol}`, all)
    await Promise.all([...running].map(program => program.end()))
  }
}
const duplicates = async (peer) => Object.entries(await peer.stats())
  .filter(([name]) => /duplicate/.test(name)).reduce((sum, [, n]) => sum + n, 0)

// A hub with room for two refuses a third and names it the others: it connects to one of them.
async function exchange (hubKind, clientKind, tell) {
  const [[hub], clients] = await Promise.all([start(hubKind, { d: 2, px: true }), start(clientKind, {}, 3)])
  await hub.join()
  for (const client of clients) await client.join()
  for (const client of clients.slice(0, 2)) await client.dial(hub)
  tell('the hub is full', await until(async () => (await hub.mesh()).length === 2))
  await clients[2].dial(hub)
  const ids = clients.slice(0, 2).map(client => client.id)
  const met = await until(async () => (await clients[2].do('peers')).peers.some(id => ids.includes(id)), 15_000)
  tell('the refused peer connects to one that it was told of', met)
}

// Hostile bytes: the few protobuf fields of the meshsub dialect.
const varint = (n) => n < 128 ? [n] : [n & 127 | 128, ...varint(n >>> 7)]
const field = (number, bytes) => [number << 3 | 2, ...varint(bytes.length), ...bytes]
const utf8 = (text) => [...new TextEncoder().encode(text)]
const frame = (rpc) => Buffer.from([...varint(rpc.length), ...rpc]).toString('hex')
const subscribe = field(1, [0x08, 1, ...field(2, utf8(TOPIC))])
const graft = field(3, field(3, field(1, utf8(TOPIC))))
const leave = field(3, field(4, [...field(1, utf8(TOPIC)), 0x18, 60]))
function base58 (text) {
  let n = 0n
  for (const c of text) n = n * 58n + BigInt('123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'.indexOf(c))
  const digits = n.toString(16)
  return [...Buffer.from(digits.length % 2 ? '0' + digits : digits, 'hex')]
}

// A peer that joins the mesh and then misbehaves.
async function hostile (attack, tell) {
  const [[us], [them]] = await Promise.all([start('pollen', {}), start('go', { bare: '/meshsub/1.2.0' })])
  await us.join()
  await them.dial(us)
  const send = (...rpcs) => them.do('send', us.id, rpcs.map(frame).join(''))
  await send(subscribe)
  await send(graft)
  tell('it is in the mesh first', await until(async () => (await us.mesh()).includes(them.id)))
  await attack({ us, them, send })
  const score = async () => (await us.do('scores')).scores[them.id]
  const out = await until(async () => !(await us.mesh()).includes(them.id))
  tell('it is pruned', out)
  const low = await until(async () => await score() < us.graylist)
  tell('it is graylisted', low, `score ${await score()}, threshold ${us.graylist}`)
  await send(field(2, [...field(2, utf8('late#0 x')), ...field(4, utf8(TOPIC))])).catch(() => {})
  await pause(500)
  tell('what it sends is not delivered', (await us.names()).length === 0)
}
// Whoever asks for the same message again and again gets it four times: once pushed, three times on request.
async function spam (tell) {
  const [[us], [them]] = await Promise.all([start('pollen', { policy: 'strict-no-sign' }), start('go', { bare: '/meshsub/1.2.0' })])
  await us.join()
  await them.dial(us)
  const send = (...rpcs) => them.do('send', us.id, rpcs.map(frame).join(''))
  await send(subscribe)
  await send(graft)
  await until(async () => (await us.mesh()).includes(them.id))
  await us.publish(1, 300, 'spam')
  const id = [...createHash('sha256').update('spam#0 '.padEnd(300, '.')).digest()]
  await pause(300)
  for (let i = 0; i < 20; i++) await send(field(3, field(2, field(1, id))))
  const needle = Buffer.from('spam#0 ').toString('hex')
  let copies = 0
  const count = async () => {
    for (const one of (await them.do('frames')).frames ?? []) copies += one.split(needle).length - 1
    return copies
  }
  await until(async () => await count() >= 4)
  await pause(1000)
  await count()
  tell('a message that is asked for 20 times is sent 4 times', copies === 4, `${copies} copies`)
}

// A peer of another implementation that signs nothing where everything has to be signed.
async function unsigned (kind, tell) {
  const [[us], [them]] = await Promise.all([start('pollen', { policy: 'strict-sign' }), start(kind, { policy: 'strict-no-sign' })])
  await us.join()
  await them.join()
  await them.dial(us)
  tell('it is in the mesh first', await until(async () => (await us.mesh()).includes(them.id) && (await them.mesh()).includes(us.id)))
  await them.publish(10, 200, 'unsigned')
  tell('it is pruned', await until(async () => !(await us.mesh()).includes(them.id)))
  const score = async () => (await us.do('scores')).scores[them.id]
  const low = await until(async () => await score() < us.graylist)
  tell('it is graylisted', low, low ? '' : `score ${await score()}`)
  tell('what it sent is not delivered', (await us.names()).length === 0)
}

const attacks = {
  'invalid signatures': async ({ them, send }) => {
    for (let i = 0; i < 10; i++) {
      await send(field(2, [...field(1, base58(them.id)), ...field(2, utf8(`bad#${i} x`)), ...field(3, [0, 0, 0, 0, 0, 0, 1, i]),
        ...field(4, utf8(TOPIC)), ...field(5, Array(64).fill(7))]))
    }
  },
  'graft during backoff': async ({ send }) => {
    await send(leave)
    for (let i = 0; i < 30; i++) await send(graft)
  },
  'frames that are no RPC': async ({ send }) => {
    // A field that is longer than its frame: the stream is reset, and the next one is opened.
    for (let i = 0; i < 50; i++) {
      await send([0x0a, 0x7f, i]).catch(() => {})
      await pause(60)
    }
  },
  'promises that are not kept': async ({ send }) => {
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < 9; i++) {
        const id = [...createHash('sha256').update(`${round} ${i}`).digest()]
        await send(field(3, field(1, [...field(1, utf8(TOPIC)), ...field(2, id)])))
      }
      await pause(600)
    }
  }
}

// Many nodes: each dials some of those before it, each publishes its share, each has to get all others' once.
async function mixed (tell) {
  const total = Number(option('messages', '1000'))
  const [pollen, go, rust, js] = option('nodes', '20,5,5,5').split(',').map(Number)
  const counts = { pollen, go, rust, js }
  const groups = await Promise.all(Object.entries(counts)
    .filter(([kind]) => present[kind] && (kind === 'pollen' || only.includes(kind)))
    .map(([kind, count]) => start(kind, {}, count)))
  const nodes = []
  for (let i = 0; groups.some(group => group.length > i); i++) for (const group of groups) if (i < group.length) nodes.push(group[i])
  await Promise.all(nodes.map(node => node.join()))
  for (let i = 1; i < nodes.length; i++) {
    const others = new Set([i - 1, i >> 1, (i * 7) % i, (i * 11 + 3) % i, (i * 17 + 5) % i])
    for (const other of others) await nodes[i].dial(nodes[other])
  }
  const least = nodes.length > 10 ? 3 : 1
  const formed = await until(async () => (await Promise.all(nodes.map(node => node.mesh()))).every(mesh => mesh.length >= least), 30_000)
  tell(`each of ${nodes.length} nodes has a mesh of at least ${least}`, formed)
  const share = (i) => Math.floor(total * (i + 1) / nodes.length) - Math.floor(total * i / nodes.length)
  const from = Date.now()
  await Promise.all(nodes.map(async (node, i) => {
    for (let left = share(i), batch = 0; left > 0; left -= 5, batch++) {
      await node.publish(Math.min(5, left), 300, `n${i}.${batch}`)
      await pause(2500) // five messages a node and pause: about 70 a second in all
    }
  }))
  const expected = nodes.map((_, i) => total - share(i))
  await until(async () => (await Promise.all(nodes.map(node => node.names()))).every((names, i) => names.length >= expected[i]), 60_000)
  const took = Date.now() - from
  await pause(1000)
  const got = await Promise.all(nodes.map(node => node.names()))
  const troubles = {}
  for (const node of groups[0]) {
    for (const [name, n] of Object.entries(await node.stats())) if (/reject|dropped|unserved|ignored|misses|iwant|broken/.test(name)) troubles[name] = (troubles[name] ?? 0) + n
  }
  console.log('mixed mesh: pollen counters ' + JSON.stringify(troubles))
  const kindOf = new Map(nodes.map(node => [node.id, node.kind]))
  const costs = []
  for (const node of groups[0]) {
    const { offences } = await node.do('offences')
    for (const [id, what] of Object.entries(offences)) { // a promise that a busy machine breaks costs nothing yet
      if (Number.parseFloat(what) < 0) costs.push(`${kindOf.get(id)}: ${what}`)
    }
  }
  tell('no pollen node has a score below zero for anybody', costs.length === 0, costs.slice(0, 3).join('; '))
  for (const group of groups) {
    const kind = group[0].kind
    const wrong = nodes.map((node, i) => ({ node, i })).filter(({ node, i }) => node.kind === kind &&
      (got[i].length !== expected[i] || new Set(got[i]).size !== expected[i]))
    tell(`every ${kind} node gets every message once (${group.length} nodes, ${total} messages)`, wrong.length === 0,
      wrong.length === 0 ? `${took} ms` : wrong.map(({ i }) => `${got[i].length} of ${expected[i]}, ${new Set(got[i]).size} distinct`).join('; '))
  }
}

// What carries a connection, and how each peer says so.
const carriers = [
  { transport: 'tcp', security: 'noise', listen: '/ip4/127.0.0.1/tcp/0' },
  { transport: 'tcp', security: 'tls', listen: '/ip4/127.0.0.1/tcp/0' },
  { transport: 'quic-v1', security: 'tls', listen: '/ip4/127.0.0.1/udp/0/quic-v1' },
  { transport: 'ws', security: 'noise', listen: '/ip4/127.0.0.1/tcp/0/ws' },
  { transport: 'ws', security: 'tls', listen: '/ip4/127.0.0.1/tcp/0/ws' },
  { transport: 'wss', security: 'noise', listen: '/ip4/127.0.0.1/tcp/0/tls/ws', without: ['rust'] }
]
// What secure WebSockets show, and trust: a certificate of this run.
function certificate () {
  const folder = join(app, 'wss')
  mkdirSync(folder, { recursive: true })
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30', '-subj', '/CN=interop',
    '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', join(folder, 'key.pem'), '-out', join(folder, 'certificate.pem')], { stdio: 'ignore' })
  return folder
}
const agents = { pollen: /^pollen/, go: /^pollen\/interop/, rust: /^rust-libp2p/, js: /^js-libp2p/ }

// One connection and everything that it should carry. What is left out is said, not skipped.
async function carried ({ transport, security }, dialler, listener, bytes, tell) {
  const ends = [[dialler, listener], [listener, dialler]]
  await dialler.dial(listener)
  const knows = async ([one, other]) => {
    const told = await one.do('identify', other.id).catch(() => null)
    return told != null && agents[other.kind].test(told.agent) && told.protocols.includes('/interop/transfer/1.0.0')
  }
  const identified = await until(async () => await knows(ends[0]) && await knows(ends[1]), 10_000)
  tell('identify', identified, identified ? '' : JSON.stringify([await dialler.do('identify', listener.id).catch(String), await listener.do('identify', dialler.id).catch(String)]))
  for (const [one, other] of ends) if (one.kind === 'pollen') {
    const { connections } = await one.do('carriers', other.id)
    const wanted = `${transport} ${security} ${transport === 'quic-v1' ? 'quic' : 'yamux'}`
    if (connections.length !== 1 || connections[0] !== wanted) tell('carrier', false, `${connections.join(', ')} instead of ${wanted}`)
  }
  for (const [one, other] of ends) await one.do('ping', other.id, 3)
  tell('ping', true)
  const took = await dialler.do('transfer', listener.id, bytes)
  await listener.do('transfer', dialler.id, Math.min(bytes, 1 << 20))
  const rate = (ms) => Math.round(bytes / 1048.576 / Math.max(ms, 1))
  tell('transfer', true, `${bytes >> 20} MiB both ways, ${rate(took.sent)} and ${rate(took.received)} MB/s`)
  // Dropping a QUIC stream is all that rust-libp2p can do, and it ends the direction in order; js-libp2p over QUIC takes
  // a reset for an end.
  const shown = (by, to) => transport !== 'quic-v1' || (by.kind !== 'rust' && to.kind !== 'js')
  for (const [one, other] of ends) if (shown(other, one)) await one.do('reset', other.id)
  for (const [one, other] of ends) {
    if (!shown(one, other)) continue
    const before = (await other.do('aborted')).count
    await one.do('abort', other.id)
    const seen = await until(async () => (await other.do('aborted')).count === before + 1, 5000)
    if (!seen) tell('reset', false, `${other.kind} does not see the reset of ${one.kind}`)
  }
  tell('reset', true)
  const meet = async (one, other) => (await one.subscribers()).includes(other.id)
  const met = await until(async () => await meet(dialler, listener) && await meet(listener, dialler), 10_000)
  if (!met) tell('gossip', false, 'they do not know their subscriptions')
  else {
    for (const [one, other] of ends) {
      const prefix = `t${++carriedMessages}`
      await one.publish(1, 300, prefix)
      const came = await until(async () => (await other.names()).filter(name => name === `${prefix}#0`).length === 1, 10_000)
      tell(`gossip ${one.kind} to ${other.kind}`, came)
    }
  }
  const part = async () => {
    await dialler.do('hangup', listener.id)
    await until(async () => !(await listener.do('peers')).peers.includes(dialler.id) && !(await dialler.do('peers')).peers.includes(listener.id), 5000)
  }
  await part()
  if (dialler.kind !== 'pollen') return
  await dialler.dial(listener) // with Noise, whose first message leaves at once this time
  await dialler.do('ping', listener.id, 1)
  tell('dialled again', true)
  await part()
}
let carriedMessages = 0

// What two implementations of others are known not to carry; where it fails it is noted, where it works it passes.
function troubles (dialling, listening, transport) {
  const pair = [dialling, listening].sort().join(' ')
  if (pair === 'js rust' && transport !== 'quic-v1') return 'js-libp2p does not finish large transfers to rust-libp2p over Yamux'
  if (dialling === 'js' && listening === 'js' && transport === 'wss') return 'js-libp2p does not always finish large transfers to itself over secure WebSocket'
  if (dialling === 'js' && listening === 'go' && transport.startsWith('ws')) return 'js-libp2p on Node 20 loses what comes with the answer to its upgrade'
  return ''
}

// Every ordered pair over every carrier; the peers of a carrier are started once.
async function transports (everyone, bytes, all) {
  for (const { without = [], ...carrier } of carriers) {
    const kinds = everyone.filter(kind => !without.includes(kind))
    const name = carrier.transport === 'quic-v1' ? 'quic-v1' : `${carrier.transport} ${carrier.security}`
    if (!name.includes(named)) continue
    if (carrier.transport === 'wss' && spawnSync('openssl', ['version']).status !== 0) {
      console.log('ABSENT openssl: no certificate for secure WebSocket')
      continue
    }
    const peers = {}
    await cell(`${name}`, async (tell) => {
      const wss = carrier.transport === 'wss' ? certificate() : ''
      for (const kind of kinds) {
        const options = { ...carrier, flood: true, ...(carrier.transport === 'wss' ? { wss } : {}) }
        peers[kind] = await start(kind, options, all || kind === 'pollen' ? 2 : 1)
        for (const peer of peers[kind]) await peer.join()
      }
      for (const dialling of kinds) {
        for (const listening of kinds) {
          if (!all && dialling !== 'pollen' && listening !== 'pollen') continue
          const dialler = peers[dialling][0]
          const listener = peers[listening][peers[listening].length - 1]
          if (dialler === listener) continue
          const pair = `${dialling} dials ${listening}, ${name}`
          try {
            await carried(carrier, dialler, listener, bytes, (what, passed, detail) => check(pair, what, passed, detail))
          } catch (err) {
            const why = String(err.message ?? err).split('\n')[0]
            const theirs = bytes > 1 << 20 ? troubles(dialling, listening, carrier.transport) : ''
            if (theirs === '') check(pair, 'ran', false, why)
            else {
              console.log(`NOTE ${pair}: ${theirs} (${why})`)
              rows.push({ cell: pair, name: 'theirs', passed: true, detail: theirs })
            }
            await dialler.do('hangup', listener.id).catch(() => {})
          }
        }
      }
    })
  }
}

// Bytes for a second of CPU time, both ends counted: pairs of the same implementation, in turns.
async function speed (kinds, rounds, bytes) {
  const ticks = (pid) => readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ').slice(11, 13).reduce((a, b) => a + Number(b), 0)
  for (const carrier of carriers.slice(0, 2)) {
    const pairs = []
    for (const kind of kinds) {
      const [a, b] = await start(kind, { ...carrier }, 2)
      await a.dial(b)
      const pids = [...new Set([a.program.child.pid, b.program.child.pid])]
      const run = async () => {
        const before = pids.reduce((sum, pid) => sum + ticks(pid), 0)
        const { sent } = await a.do('bulk', b.id, bytes)
        const cpu = (pids.reduce((sum, pid) => sum + ticks(pid), 0) - before) / 100
        return { cpu: bytes / 1e6 / cpu, wall: bytes / 1e3 / sent }
      }
      await run() // warm-up
      await run()
      pairs.push({ kind, run, results: [] })
    }
    for (let i = 0; i < rounds; i++) for (const pair of pairs) pair.results.push(await pair.run())
    for (const { kind, results } of pairs) {
      results.sort((a, b) => a.cpu - b.cpu)
      const middle = results[results.length >> 1]
      console.log(`SPEED ${carrier.transport} ${carrier.security}: ${kind} ${Math.round(middle.cpu)} MB for a second of CPU (${Math.round(results[0].cpu)} to ${Math.round(results.at(-1).cpu)}), ${Math.round(middle.wall)} MB/s`)
    }
    await Promise.all([...running].map(program => program.end()))
  }
}

// The transports as a table of diallers and listeners.
function transportTables (kinds, bytes) {
  const found = new Map()
  for (const { cell, name, passed, detail } of rows) {
    if (!found.has(cell)) found.set(cell, { failed: [], rate: '' })
    if (!passed) found.get(cell).failed.push(`${name}: ${detail}`)
    if (name === 'theirs') found.get(cell).theirs = detail
    if (name === 'transfer') found.get(cell).rate = detail.replace(/^.*ways, /, '').replace(' MB/s', '').replace(' and ', ' / ')
  }
  const lines = [TRANSPORTS, '',
    `Generated by \`interop/run transports\` (\`node interop/matrix.mjs --part transports --mebibytes ${bytes >> 20} --report docs/interop.md\`). In each cell, over`,
    `one connection: identify and ping both ways, ${bytes >> 20} MiB sent and as many read back with intact digests after the sender's half-close`,
    '(and 1 MiB by a stream of the other side), a stream reset by each side, a gossip message each way. The figures are MB/s to the listener and',
    'back, of two programs of which one is in most cells not ours, on a busy machine of two cores: they show that bulk moves, no more. Between',
    'others the cells show what is theirs.', '',
    ...[...versions].sort().map(version => `* ${version}`), '']
  for (const { transport, security } of carriers) {
    const name = transport === 'quic-v1' ? 'quic-v1' : `${transport} ${security}`
    lines.push(`**${transport === 'quic-v1' ? 'quic-v1 (its own TLS and streams)' : `${transport}, ${security}, yamux`}**`, '',
      `| dials \\ listens | ${kinds.join(' | ')} |`, `|---|${kinds.map(() => '---|').join('')}`,
      ...kinds.map(one => `| ${one} | ${kinds.map(other => {
        const cell = found.get(`${one} dials ${other}, ${name}`)
        return cell == null ? '–' : cell.theirs != null ? cell.theirs : cell.failed.length > 0 ? 'failed: ' + cell.failed.join('; ').replaceAll('|', '/') : 'passed, ' + cell.rate
      }).join(' | ')} |`), '')
  }
  return lines.concat(['Left out over QUIC: resets by rust-libp2p, which can only drop a stream (it ends in order), and resets seen by js-libp2p, which takes them for',
    'an end. js-libp2p speaks QUIC through `@chainsafe/libp2p-quic`, which is quinn. Secure WebSocket is run without rust-libp2p, with a certificate that is made for the run.', '']).join('\n')
}

// The results as a page: one line for each cell.
const TRANSPORTS = '## Transports'
function transportsOf (file) {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const at = text.indexOf(TRANSPORTS)
  return at < 0 ? ['', ''] : [text.slice(0, at), text.slice(at)]
}
function writeTransports (file, kinds, bytes) {
  writeFileSync(file, (transportsOf(file)[0] || readFileSync(file, 'utf8') + '\n') + transportTables(kinds, bytes))
}
function writeReport (file) {
  const rest = transportsOf(file)[1]
  const cells = new Map()
  for (const { cell, name, passed, detail } of rows) {
    if (!cells.has(cell)) cells.set(cell, [])
    cells.get(cell).push(`${passed ? '' : 'FAIL '}${name}${detail === '' ? '' : ' (' + detail + ')'}`)
  }
  const lines = ['# Gossip with other implementations', '',
    'Generated by `node interop/matrix.mjs --part all --report docs/interop.md`; what the peers are is told in `interop/README.md`.', '',
    ...[...versions].sort().map(version => `* ${version}`), '',
    '| cell | result | checks |', '|---|---|---|',
    ...[...cells].map(([cell, checks]) => `| ${cell} | ${checks.some(check => check.startsWith('FAIL')) ? 'failed' : 'passed'} | ${checks.join('; ')} |`), '',
    '## What is not in the table', '',
    '* rust-libp2p sends no signed records in peer exchange and reads none, so there is nothing to accept in either direction.',
    '* js-libp2p has no lax policies: in those cells it is strict and Pollen is lax.',
    '* The reference BlossomSub: its Go module does not resolve. `go list -m -versions` of `source.quilibrium.com/quilibrium/monorepo/go-libp2p-blossomsub`',
    '  is refused by the module proxy (403); the other places that were tried are in `interop/README.md`. BlossomSub is tested between Pollen nodes only.', '']
  writeFileSync(file, lines.join('\n') + (rest === '' ? '' : '\n' + rest))
}

const only = option('only', 'go,rust,js').split(',')
const others = ['go', 'rust', 'js'].filter(kind => only.includes(kind))
const part = option('part', 'all')
const named = option('cells', '') // only cells whose names have this
const began = Date.now()
for (const kind of ['pollen', ...others]) if (!present[kind]) console.log(`ABSENT ${kind}`)
if (!present.pollen) process.exit(1)
const met = others.filter(kind => present[kind])

const known = ['strict-sign', 'strict-no-sign', 'lax-sign', 'lax-no-sign']
const policies = option('policies', known.join()).split(',')
for (const policy of policies) {
  if (!known.includes(policy)) {
    console.log(`FAIL --policies: "${policy}" is none of ${known.join(', ')}`)
    process.exit(2)
  }
}
if (part === 'all' || part === 'matrix' || part === 'pairs') {
  for (const kind of met) {
    for (const policy of policies) {
      await cell(`${kind} dials pollen, ${policy}`, tell => pair(kind, 'pollen', { policy }, tell))
      await cell(`pollen dials ${kind}, ${policy}`, tell => pair('pollen', kind, { policy }, tell))
    }
    for (const protocol of { go: ['floodsub', '1.0', '1.1', '1.2', '1.3'], rust: ['1.0', '1.1', '1.2'], js: [] }[kind]) {
      await cell(`pollen dials ${kind}, ${protocol}`, tell => pair('pollen', kind, { protocol }, tell))
    }
  }
}
if (part === 'all' || part === 'matrix' || part === 'control') {
  for (const kind of met) {
    await cell(`IHAVE and IWANT, pollen to ${kind}`, tell => recover('pollen', kind, tell))
    await cell(`IHAVE and IWANT, ${kind} to pollen`, tell => recover(kind, 'pollen', tell))
    await cell(`IDONTWANT of ${kind} to pollen`, tell => unwanted(kind, 'pollen', tell))
    await cell(`IDONTWANT of pollen to ${kind}`, tell => unwanted('pollen', kind, tell))
  }
  await cell('peer exchange, pollen tells pollen', tell => exchange('pollen', 'pollen', tell))
  for (const kind of met.filter(kind => kind !== 'rust')) { // rust-libp2p exchanges no signed records
    await cell(`peer exchange, ${kind} tells pollen`, tell => exchange(kind, 'pollen', tell))
    await cell(`peer exchange, pollen tells ${kind}`, tell => exchange('pollen', kind, tell))
  }
  for (const kind of met) await cell(`hostile peer: ${kind} signs nothing`, tell => unsigned(kind, tell))
  if (met.includes('go')) {
    await cell('hostile peer: IWANT again and again', spam)
    for (const [name, attack] of Object.entries(attacks)) await cell(`hostile peer: ${name}`, tell => hostile(attack, tell))
  }
}
if (part === 'all' || part === 'mesh') await cell('mixed mesh', mixed)
const report = option('report', '')
if (part === 'speed') {
  const kinds = ['pollen', ...met.filter(kind => kind === 'go')]
  await speed(kinds, Number(option('rounds', '5')), Number(option('mebibytes', '512')) * (1 << 20))
} else if (part === 'transports') {
  const bytes = Number(option('mebibytes', '100')) * (1 << 20)
  const kinds = [...met, 'pollen']
  await transports(kinds, bytes, option('pairs', 'all') === 'all')
  if (report !== '') writeTransports(report, kinds, bytes)
} else if (report !== '') writeReport(report)
console.log(`seconds ${Math.round((Date.now() - began) / 1000)}`)
process.exit(bad === 0 ? 0 : 1)
