// What a connection carries besides gossip: the transports, and streams for the transport checks.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

// Node has had one of its own since version 22.
globalThis.WebSocket ??= (await import('ws')).WebSocket

const TRANSFER = '/interop/transfer/1.0.0'
const RESET = '/interop/reset/1.0.0'
const ABORT = '/interop/abort/1.0.0'
const BLOCK = 64 << 10

// The parts of a node with one transport and one security.
export async function carrier (transport, security, wss = '') {
  const pem = (name) => readFileSync(join(wss, name))
  const transports = {
    wss: async () => (await import('@libp2p/websockets')).webSockets({
      https: { key: pem('key.pem'), cert: pem('certificate.pem') }
    }),
    tcp: async () => (await import('@libp2p/tcp')).tcp(),
    ws: async () => (await import('@libp2p/websockets')).webSockets(),
    'quic-v1': async () => (await import('@chainsafe/libp2p-quic')).quic()
  }
  const securities = {
    noise: async () => (await import('@chainsafe/libp2p-noise')).noise(),
    tls: async () => (await import('@libp2p/tls')).tls()
  }
  if (transports[transport] == null) throw new Error(`unknown transport ${transport}`)
  if (securities[security] == null) throw new Error(`unknown security ${security}`)
  return { transports: [await transports[transport]()], connectionEncrypters: [await securities[security]()] }
}

// The bytes of a transfer: blocks that begin with their number, so that one lost, doubled or moved shows.
async function writePattern (stream, count) {
  const sum = createHash('sha256')
  for (let number = 0; count > 0; number++) {
    const block = new Uint8Array(Math.min(count, BLOCK)) // a new one each time: it may wait in a queue
    for (let i = 0; i < block.length; i++) block[i] = i * 31
    if (block.length >= 4) new DataView(block.buffer).setUint32(0, number)
    sum.update(block)
    if (!stream.send(block)) await stream.onDrain()
    count -= block.length
  }
  return sum.digest()
}

// Reads exact numbers of bytes.
class Reader {
  constructor (stream) {
    this.chunks = stream[Symbol.asyncIterator]()
    this.rest = new Uint8Array(0)
  }

  // The next bytes, at most `most`; null at the end.
  async some (most) {
    while (this.rest.length === 0) {
      const { done, value } = await this.chunks.next()
      if (done) return null
      this.rest = value.subarray()
    }
    const part = this.rest.subarray(0, most)
    this.rest = this.rest.subarray(part.length)
    return part
  }

  async exactly (count, sum = null) {
    const parts = []
    while (count > 0) {
      const part = await this.some(count)
      if (part == null) throw new Error(`${count} bytes are missing`)
      if (sum == null) parts.push(part); else sum.update(part)
      count -= part.length
    }
    return Buffer.concat(parts)
  }
}

export async function serve (node) {
  let aborted = 0
  const most = { maxInboundStreams: 64, maxOutboundStreams: 64 }
  await node.handle(TRANSFER, async (stream) => {
    try {
      const reader = new Reader(stream)
      const sum = createHash('sha256')
      let count = 0
      for (let part; (part = await reader.some(BLOCK)) != null; count += part.length) sum.update(part)
      if (!stream.send(sum.digest())) await stream.onDrain()
      const own = await writePattern(stream, count)
      stream.send(own)
      await stream.close()
    } catch (err) {
      stream.abort(err)
    }
  }, most)
  await node.handle(RESET, (stream) => {
    stream.addEventListener('message', () => stream.abort(new Error('as asked')), { once: true })
  }, most)
  await node.handle(ABORT, (stream) => {
    stream.addEventListener('message', (event) => stream.send(event.data.subarray()), { once: true })
    stream.addEventListener('close', (event) => { if (event.error != null) aborted++ })
  }, most)

  const open = async (peer, protocol) => {
    const connection = node.getConnections().find(one => one.remotePeer.toString() === peer)
    if (connection == null) throw new Error(`no connection to ${peer}`)
    return await connection.newStream(protocol, { maxOutboundStreams: 64 })
  }
  const known = (peer) => node.getPeers().find(one => one.toString() === peer)
  return {
    async identify (peer) {
      const { metadata, protocols } = await node.peerStore.get(known(peer))
      const agent = metadata.get('AgentVersion')
      return { agent: agent == null ? '' : new TextDecoder().decode(agent), protocols }
    },
    async carriers (peer) {
      return {
        connections: node.getConnections(known(peer)).map(one => `${one.remoteAddr} ${one.encryption} ${one.multiplexer}`)
      }
    },
    async ping (peer, rounds) {
      for (let i = 0; i < Number(rounds); i++) await node.services.ping.ping(known(peer))
      return { rounds: Number(rounds) }
    },
    async transfer (peer, text) {
      const count = Number(text)
      const stream = await open(peer, TRANSFER)
      const start = Date.now()
      const reader = new Reader(stream)
      const sent = await writePattern(stream, count)
      await stream.close()
      const theirs = await reader.exactly(32)
      if (!theirs.equals(sent)) throw new Error('their digest differs')
      const upload = Date.now() - start
      const sum = createHash('sha256')
      await reader.exactly(count, sum)
      if (!(await reader.exactly(32)).equals(sum.digest())) throw new Error('our digest differs')
      if (await reader.some(1) != null) throw new Error('no end after the digest')
      return { sent: upload, received: Date.now() - start - upload }
    },
    async reset (peer) {
      const stream = await open(peer, RESET)
      const closed = new Promise((resolve, reject) => {
        stream.addEventListener('close', event => event.error != null ? resolve() : reject(new Error('no reset')))
        setTimeout(() => reject(new Error('no reset in 10 s')), 10_000)
      })
      stream.send(new Uint8Array([1]))
      await closed
      return {}
    },
    async abort (peer) {
      const stream = await open(peer, ABORT)
      const answered = new Promise(resolve => stream.addEventListener('message', resolve, { once: true }))
      stream.send(new Uint8Array([1]))
      await answered
      stream.abort(new Error('as asked'))
      return {}
    },
    async aborted () { return { count: aborted } }
  }
}
