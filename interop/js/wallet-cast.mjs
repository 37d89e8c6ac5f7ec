// Foundry's cast on a devnet without load, on a node's listener and on the chain's own: what it prints, and how it ends.
//
//   node wallet-cast.mjs --base 127.62.0 --seed 42
import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { chainRpc, check, devKey, devWallet, main, nodes, options, rpc } from './lib.mjs'

const { base, seed } = options({ base: '127.60.0', seed: '42' })
const [node] = nodes(base, 1)
const to = '0x00000000000000000000000000000000000000aa'
const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch]
const program = join(dirname(createRequire(import.meta.url).resolve(`@foundry-rs/cast-${process.platform}-${arch}/package.json`)), 'bin', 'cast')

// What cast prints, or what it ends with on standard error.
const cast = (url, ...words) => new Promise((resolve) => {
  execFile(program, [...words, '--rpc-url', url], { timeout: 20_000, env: { ...process.env, NO_COLOR: '1', FOUNDRY_DISABLE_NIGHTLY_WARNING: '1' } },
    (error, out, err) => resolve(error == null ? out.trim() : `failed: ${err.trim()}`))
})

await main(async () => {
  await rpc(chainRpc(base), 'evm_setIntervalMining', 1)
  await suite('node', node.rpc, 41)
  await suite('chain', chainRpc(base), 45)
})

async function suite (where, url, first) {
  const name = `cast, ${where}`
  const key = (index) => ['--private-key', devKey(seed, first + index)]
  const address = (index) => devWallet(seed, first + index).address
  for (const [what, expected, words] of [
    ['chain-id', /^31337$/, ['chain-id']],
    ['client', /^pollen\//, ['client']],
    ['block-number', /^\d+$/, ['block-number']],
    ['block', /parentHash/, ['block', 'latest', '--json']],
    ['balance', /^10000000000000000000000$/, ['balance', address(0)]],
    ['nonce', /^0$/, ['nonce', address(0)]],
    ['code', /^0x$/, ['code', address(0)]],
    ['storage', /^0x0{64}$/, ['storage', address(0), '0']],
    ['gas-price', /^\d+$/, ['gas-price']],
    ['base-fee', /^\d+$/, ['base-fee']],
    ['estimate', /^21000$/, ['estimate', to, '--value', '1', '--from', address(0)]],
    ['access-list', /gas used: 21000/, ['access-list', to]],
    ['logs', /^$/, ['logs', '--from-block', '0']],
    ['tx-pool status', /"pending"/, ['tx-pool', 'status']],
    ['rpc net_peerCount', /^"0x[1-9a-f]/, ['rpc', 'net_peerCount']]
  ]) {
    const said = await cast(url, ...words)
    check(`${name}: ${what}`, expected.test(said), said.slice(0, 80).replaceAll('\n', ' '))
  }
  const forms = { 0: ['--legacy'], 1: ['--legacy', '--access-list'], 2: [], 4: ['--auth', to] }
  for (const [i, [type, form]] of Object.entries(forms).entries()) {
    const sent = await cast(url, 'send', to, '--value', '1', '--json', ...form, ...key(i))
    const receipt = sent.startsWith('{') ? JSON.parse(sent) : {}
    check(`${name}: send of type ${type} waits for its receipt`, receipt.status === '0x1' && Number(receipt.type) === Number(type), receipt.transactionHash ?? sent.slice(0, 120))
    if (type !== '2' || receipt.transactionHash == null) continue
    const shown = await cast(url, 'tx', receipt.transactionHash, '--json')
    const again = await cast(url, 'receipt', receipt.transactionHash, '--json')
    check(`${name}: tx and receipt show it`, shown.includes(receipt.blockHash) && again.includes(receipt.blockHash))
  }
  await rpc(chainRpc(base), 'evm_setIntervalMining', 0)
  const raw = await cast(url, 'mktx', to, '--value', '7', ...key(0), '--nonce', '1', '--legacy', '--gas-price', '5gwei', '--gas-limit', '100000')
  const published = await cast(url, 'publish', '--async', raw)
  const content = await cast(url, 'tx-pool', 'content')
  check(`${name}: publish, and tx-pool content shows it`, /^0x[0-9a-f]{64}$/.test(published) && content.includes(published), published.slice(0, 120))
  for (const [what, expected, words] of [
    ['the same again', /already known/, ['publish', '--async', raw]],
    ['a used nonce', /nonce too low: next nonce 1, tx nonce 0/, ['send', to, '--nonce', '0', '--value', '1', ...key(0)]],
    ['too little gas', /intrinsic gas too low/, ['send', to, '--gas-limit', '20000', ...key(1)]],
    ['too much money', /insufficient funds for gas \* price \+ value/, ['send', to, '--gas-limit', '21000', '--value', '99999ether', ...key(1)]],
    ['a replacement', /replacement transaction underpriced/, ['send', to, '--nonce', '1', '--value', '8', '--legacy', '--gas-price', '5.1gwei', '--gas-limit', '100000', ...key(0)]],
    ['an unknown method', /-32601.*the method eth_nothing does not exist\/is not available/, ['rpc', 'eth_nothing']]
  ]) {
    const said = await cast(url, ...words)
    check(`${name}: ${what} is told`, said.startsWith('failed') && expected.test(said), said.slice(0, 160).replaceAll('\n', ' '))
  }
  await rpc(chainRpc(base), 'evm_setIntervalMining', 1)
}
