// The live page of a running devnet in headless Chromium: no console error, nothing fetched from elsewhere, every panel
// filled within 5 s, its numbers those of the API; both themes are pictured.
//
//   node page.mjs --url http://127.60.0.1:9813/ --out target [--chromium /usr/bin/chromium] [--watch 0] [--height 1200]
import { mkdir } from 'node:fs/promises'
import { chromium } from 'playwright-core'
import { check, main, options, pause } from './lib.mjs'

const o = options({ url: 'http://127.60.0.1:9813/', out: 'target', chromium: '/usr/bin/chromium', watch: '0', height: '1200' })

await main(async () => {
  await mkdir(o.out, { recursive: true })
  const browser = await chromium.launch({
    executablePath: o.chromium,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync']
  })
  const page = await browser.newPage({ viewport: { width: 1600, height: Number(o.height) }, colorScheme: 'dark' })
  const errors = []
  const foreign = []
  page.on('console', message => { if (message.type() === 'error') errors.push(message.text()) })
  page.on('pageerror', error => errors.push(String(error)))
  page.on('request', request => { if (!request.url().startsWith(o.url) && !request.url().startsWith('data:')) foreign.push(request.url()) })
  page.on('response', response => { if (response.status() >= 400) errors.push(`${response.status()} ${response.url()}`) })

  const started = Date.now()
  await page.goto(o.url, { waitUntil: 'domcontentloaded' })
  const filled = await page.waitForFunction(() => {
    const inked = id => {
      const canvas = document.querySelector(`#${id} canvas`)
      if (canvas == null || canvas.width === 0) return false
      const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data
      for (let i = 3; i < pixels.length; i += 4) if (pixels[i] !== 0) return true
      return false
    }
    const rows = selector => document.querySelectorAll(selector).length
    const panels = {
      graph: inked('graph'), rate: inked('rate'), latency: inked('latency'), poolChart: inked('poolChart'), baseFee: inked('baseFee'),
      scores: rows('#scores tbody tr') > 0, accounts: rows('#accounts .account') > 0, meters: rows('#meters .meter') > 0,
      blocks: rows('#blocks .block') > 0, events: rows('#events li') > 0, numbers: rows('#numbers b') > 0
    }
    window.emptyPanels = Object.keys(panels).filter(name => !panels[name])
    return window.emptyPanels.length === 0
  }, null, { timeout: 15_000, polling: 100 }).then(() => true, () => false)
  const took = Date.now() - started
  const empty = await page.evaluate(() => window.emptyPanels ?? [])
  check('page: every panel is filled within 5 s', filled && took <= 5_000, filled ? `${took} ms` : `empty: ${empty.join(', ')}`)

  await pause(Number(o.watch) * 1000)
  const shown = await page.evaluate(() => ({
    rows: document.querySelectorAll('#scores tbody tr').length,
    title: document.title,
    wide: document.documentElement.scrollWidth <= window.innerWidth
  }))
  const state = await page.evaluate(() => fetch('/api/v1/state').then(r => r.json()))
  check('page: a row for each peer', shown.rows === state.peers.length, `${shown.rows} rows, ${state.peers.length} peers`)
  // What is drawn is compared with what the API says in the same second.
  const compare = () => page.evaluate(async () => {
    const api = await fetch('/api/v1/state').then(r => r.json())
    const tile = name => [...document.querySelectorAll('#numbers div')].find(d => d.textContent.endsWith(name))?.querySelector('b').textContent
    const rows = [...document.querySelectorAll('#scores tbody tr')].map(row => [row.title, Number(row.querySelectorAll('td.num b')[0].textContent)])
    const graph = echarts.getInstanceByDom(document.getElementById('graph')).getOption().series[0]
    const wrong = []
    const same = (what, drawn, told) => { if (drawn !== told) wrong.push(`${what} ${drawn}, API ${told}`) }
    same('peers', tile('peers'), String(api.peers.length))
    same('head', tile('head'), String(api.chain.head.number))
    same('pending', tile('pending'), String(api.pool.pending))
    same('nodes of the graph', graph.data.length, api.vertices.length)
    for (const peer of api.peers) {
      const drawn = rows.find(([id]) => id === peer.id)?.[1]
      if (!(Math.abs(drawn - peer.score) < .006)) wrong.push(`score ${drawn}, API ${peer.score}`)
    }
    const meshes = new Set(api.edges.filter(e => e.kind === 'mesh').map(e => [e.a, e.b].sort().join()))
    same('mesh links', graph.links.filter(l => l.lineStyle.type !== 'dashed').length, meshes.size)
    return wrong
  })
  let wrong = ['never compared']
  for (let i = 0; i < 200 && wrong.length > 0; i++) { wrong = await compare(); if (wrong.length > 0) await pause(130) }
  check('page: its numbers, scores and graph are those of the API', wrong.length === 0, wrong.slice(0, 4).join(' | '))
  check('page: it does not scroll sideways', shown.wide)
  await page.screenshot({ path: `${o.out}/page-dark.png`, fullPage: true })
  // By its id, since the rows change places.
  const [id, name] = await page.evaluate(() => { const row = document.querySelector('#scores tbody tr'); return [row.title, row.querySelector('.mono').textContent.split(' ')[0]] })
  await page.click(`#scores tr[title="${id}"]`)
  const why = await page.textContent('#why h3')
  check('page: a chosen peer is explained', why.startsWith(`Why ${name} scores`), why)
  const sum = await page.waitForSelector('#why pre', { timeout: 5_000 }).then(one => one.textContent(), () => '')
  check('page: with the arithmetic of its score', /total = /.test(sum), sum.split('\n').at(-1))
  await page.click('#scores tr.chosen')
  await page.click('#scores th:nth-child(10)')
  const totals = await page.$$eval('#scores tbody tr td:nth-child(10)', cells => cells.map(cell => Number(cell.textContent)))
  check('page: a click on the total sorts the worst to the top', totals.length > 1 && totals.every((one, i) => i === 0 || totals[i - 1] <= one), totals.slice(0, 4).join(', '))
  await page.click('#theme')
  await pause(300)
  await page.screenshot({ path: `${o.out}/page.png`, fullPage: true })
  await page.setViewportSize({ width: 420, height: 900 })
  await pause(1200)
  await page.screenshot({ path: `${o.out}/page-telephone.png`, fullPage: true })
  check('page: nor on a telephone', await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth))
  const quiet = errors.length // the browser reports each try that fails
  let tries = 0
  await page.route('**/api/v1/stream', route => ++tries === 1
    ? route.fulfill({ contentType: 'text/event-stream', body: `retry: 500\ndata: ${JSON.stringify(state)}\n\n` })
    : route.abort())
  await page.reload()
  const stale = await page.waitForSelector('#stale:not([hidden])', { timeout: 10_000 }).then(one => one.textContent(), () => '')
  check('page: it says so when nothing comes any more', /^stale for \d+ s/.test(stale), stale)
  await page.unroute('**/api/v1/stream')
  const back = await page.waitForSelector('#stale', { state: 'hidden', timeout: 15_000 }).then(() => true, () => false)
  check('page: and goes on by itself when it comes again', back && tries > 1, `after ${tries} tries`)
  errors.length = quiet
  check('page: no console error', errors.length === 0, errors.slice(0, 3).join(' | '))
  check('page: no request to another origin', foreign.length === 0, foreign.slice(0, 3).join(' '))
  await browser.close()
})
