// Traces in both directions: a node of Pollen and a go-libp2p-pubsub peer trace their gossip with each other as protobuf; each
// trace is read by go's own types and by `pollen trace decode`, and both have to count the same.
//
//   node trace.mjs --pollen ./pollen --peer interop/go/target/peer --out interop/target
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { check, main, options, pause, until } from './lib.mjs'

const o = options({ pollen: './pollen', peer: 'interop/go/target/peer', out: 'interop/target' })
const folder = mkdtempSync(join(resolve(o.out), 'trace-'))
const TOPIC = 'pollen/tx'
// Pollen's names of go's types; the three that go's schema lacks are unknown to it.
const KINDS = {
  publish: 'PUBLISH_MESSAGE', reject: 'REJECT_MESSAGE', duplicate: 'DUPLICATE_MESSAGE', deliver: 'DELIVER_MESSAGE', addPeer: 'ON_NEW_OUTBOUND_STREAM',
  removePeer: 'ON_CLOSED_OUTBOUND_STREAM', recvRPC: 'RECV_RPC', sendRPC: 'SEND_RPC', dropRPC: 'DROP_RPC', join: 'JOIN', leave: 'LEAVE', graft: 'GRAFT', prune: 'PRUNE'
}

const byGo = (file) => JSON.parse(execFileSync(o.peer, ['--read-trace', file], { encoding: 'utf8' }))
const byPollen = (file) => JSON.parse(execFileSync(o.pollen, ['trace', 'decode', file, '-o', 'json'], { encoding: 'utf8' }))

function same (whose, file, needed) {
  const [go, ours] = [byGo(file), byPollen(file)]
  const counted = {}
  let others = ours.unknown
  for (const [kind, count] of Object.entries(ours.events)) {
    if (KINDS[kind] == null) others += count
    else if (count > 0) counted[KINDS[kind]] = count
  }
  const wrong = [...new Set([...Object.keys(counted), ...Object.keys(go.events)])].filter(kind => (counted[kind] ?? 0) !== (go.events[kind] ?? 0))
  check(`trace: go's types and trace decode count the same in ${whose} trace`, wrong.length === 0 && go.total === ours.total && go.unknown === others && !go.torn,
    wrong.length === 0 ? `${go.total} events, ${go.unknown} of types that go's schema lacks` : wrong.map(kind => `${kind} ${go.events[kind]} and ${counted[kind]}`).join(', '))
  const missing = needed.filter(kind => !(go.events[kind] > 0))
  check(`trace: ${whose} trace has what happened`, missing.length === 0 && go.nodes === 1, missing.length === 0 ? Object.entries(go.events).map(one => one.join(' ')).join(', ') : `without ${missing}`)
}

await main(async () => {
  const data = join(folder, 'data')
  const node = spawn(o.pollen, ['run', '--data-dir', data, '--chain', 'none', '--dialect', 'meshsub', '--p2p-host', '127.0.0.1', '--p2p-port', '0',
    '--ops-port', '0', '--set', 'trace.sink=file', '--set', 'trace.format=pb', '--set', 'p2p.privateNetwork=true'], { stdio: ['ignore', 'pipe', 'pipe'] })
  const said = []
  for (const stream of [node.stdout, node.stderr]) createInterface({ input: stream }).on('line', line => said.push(line))
  const trace = join(folder, 'go.pb')
  const peer = spawn(o.peer, [`--trace=${trace}`, '--policy=strict-no-sign', '--protocol=1.2'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const answers = []
  createInterface({ input: peer.stdout }).on('line', line => answers.push(JSON.parse(line)))
  const ask = async (line) => {
    const before = answers.length
    peer.stdin.write(line + '\n')
    return await until(() => answers[before], 10_000, 20)
  }
  try {
    const runtime = await until(() => { try { return JSON.parse(readFileSync(join(data, 'runtime.json'), 'utf8')) } catch { return null } }, 30_000)
    const address = runtime?.address
    if (!check('trace: a node that traces starts', address != null, said.at(-1))) return
    await until(() => answers[0], 10_000)
    await ask('join ' + TOPIC)
    await ask('dial ' + address)
    await until(async () => (await ask('mesh ' + TOPIC)).peers?.length > 0, 10_000, 200)
    await ask(`publish ${TOPIC} 5 100 t`) // no transactions: the node has to refuse them
    await pause(2_000)
    await ask('quit')
    await new Promise(resolve => { peer.exitCode == null ? peer.once('exit', resolve) : resolve() })
    node.kill('SIGTERM')
    await new Promise(resolve => { node.exitCode == null ? node.once('exit', resolve) : resolve() })
    same('our', join(data, 'traces', 'gossip.pb'), ['ON_NEW_OUTBOUND_STREAM', 'ON_CLOSED_OUTBOUND_STREAM', 'RECV_RPC', 'SEND_RPC', 'JOIN', 'GRAFT', 'REJECT_MESSAGE'])
    same("go's", trace, ['ON_NEW_OUTBOUND_STREAM', 'RECV_RPC', 'SEND_RPC', 'JOIN', 'GRAFT', 'PUBLISH_MESSAGE'])
  } finally {
    node.kill('SIGKILL')
    peer.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
})
