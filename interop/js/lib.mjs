// What the checks share: a report line for each check, JSON-RPC, the accounts of the embedded chain, waiting.
import { getBytes, keccak256, toUtf8Bytes, Wallet } from 'ethers'

export const bad = []

// Prints one line that interop/run counts.
export function check (name, passed, detail = '') {
  console.log(`${passed ? 'PASS' : 'FAIL'} ${name}${detail === '' ? '' : ': ' + detail}`)
  if (!passed) bad.push(name)
  return passed
}

export async function rpc (url, method, ...params) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  })
  const answer = await response.json()
  if (answer.error != null) throw new Error(`${method}: ${answer.error.message}`)
  return answer.result
}

// The key of a devnet account: keccak256("pollen-dev-account" || seed || index), both 8 bytes, big endian.
export function devKey (seed, index) {
  const label = toUtf8Bytes('pollen-dev-account')
  const preimage = new Uint8Array(label.length + 16)
  preimage.set(label)
  const view = new DataView(preimage.buffer)
  view.setBigUint64(label.length, BigInt(seed))
  view.setBigUint64(label.length + 8, BigInt(index))
  return keccak256(preimage)
}

export const devWallet = (seed, index, provider = null) => new Wallet(devKey(seed, index), provider)

export const pause = (ms) => new Promise(resolve => setTimeout(resolve, ms))

// The first answer of `probe` that is not null or false, or null when `ms` are over.
export async function until (probe, ms, every = 100) {
  const end = Date.now() + ms
  for (;;) {
    const answer = await probe()
    if (answer != null && answer !== false) return answer
    if (Date.now() > end) return null
    await pause(every)
  }
}

// The addresses of the nodes of a devnet.
export function nodes (base, count) {
  return Array.from({ length: count }, (_, i) => ({
    name: `node${i + 1}`,
    rpc: `http://${base}.${i + 1}:9811`,
    ops: `http://${base}.${i + 1}:9813`
  }))
}

export const chainRpc = (base) => `http://${base}.1:9809`

// `--name value` pairs after the program's name.
export function options (defaults) {
  const found = { ...defaults }
  const words = process.argv.slice(2)
  for (let i = 0; i + 1 < words.length; i += 2) found[words[i].replace(/^--/, '')] = words[i + 1]
  return found
}

// Runs a program and ends the process with what its checks said.
export async function main (program) {
  try {
    await program()
  } catch (err) {
    check('program', false, String(err?.stack ?? err).split('\n').slice(0, 4).join(' | '))
  }
  process.exit(bad.length === 0 ? 0 : 1)
}

export { getBytes, keccak256, Wallet }
