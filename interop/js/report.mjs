// The report of a simulated run in headless Chromium: nothing is fetched, no console error, every chart has ink in it, it
// fits a telephone, a screen and A4; both themes are pictured.
//
//   node report.mjs --file out/report.html --name attack --out target [--charts 12] [--chromium /usr/bin/chromium]
import { mkdir, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'
import { check, main, options } from './lib.mjs'

const o = options({ file: 'report.html', name: 'report', out: 'target', charts: '12', chromium: '/usr/bin/chromium' })

await main(async () => {
  await mkdir(o.out, { recursive: true })
  const url = pathToFileURL(resolve(o.file)).href
  const size = (await stat(o.file)).size
  check(`${o.name}: at most 5 MiB`, size <= 5 << 20, `${size} bytes`)
  const browser = await chromium.launch({
    executablePath: o.chromium,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync']
  })
  const page = await browser.newPage({ viewport: { width: 1400, height: 1000 }, colorScheme: 'light' })
  const errors = []
  const others = []
  page.on('console', message => { if (['error', 'warning'].includes(message.type())) errors.push(message.text()) })
  page.on('pageerror', error => errors.push(String(error)))
  page.on('request', request => { if (request.url() !== url) others.push(request.url()) })
  await page.goto(url, { waitUntil: 'load' })

  // What a chart draws is its lines and points, not its axes: each has to have some, within the chart and not all in one place.
  const charts = await page.$$eval('section svg', all => all.map(svg => {
    const frame = svg.getBoundingClientRect()
    const drawn = [...svg.querySelectorAll('path.line, circle')].map(one => one.getBoundingClientRect())
    const inside = drawn.filter(box => box.left >= frame.left - 1 && box.right <= frame.right + 1 && box.top >= frame.top - 1 && box.bottom <= frame.bottom + 1)
    const wide = Math.max(0, ...drawn.map(box => box.right)) - Math.min(Infinity, ...drawn.map(box => box.left))
    return {
      title: svg.closest('section').querySelector('h2').textContent,
      said: svg.getAttribute('role') === 'img' && !!svg.getAttribute('aria-label'),
      legend: svg.closest('section').querySelectorAll('.legend span').length,
      drawn: drawn.length,
      inside: inside.length,
      wide: wide > frame.width / 4 && frame.height > 100
    }
  }))
  check(`${o.name}: it has its charts`, charts.length >= Number(o.charts), `${charts.length}`)
  const empty = charts.filter(one => one.drawn === 0 || one.inside !== one.drawn || !one.wide)
  check(`${o.name}: each has lines in it, within its frame`, empty.length === 0, empty.map(one => one.title).join(', '))
  const mute = charts.filter(one => !one.said || one.legend === 0)
  check(`${o.name}: each says what it shows, and has a legend`, mute.length === 0, mute.map(one => one.title).join(', '))

  const fits = () => page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)
  check(`${o.name}: it does not scroll sideways`, await fits())
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  const light = await paper()
  await page.screenshot({ path: `${o.out}/${o.name}.png`, fullPage: true })
  await page.emulateMedia({ colorScheme: 'dark' })
  check(`${o.name}: it has a dark theme`, await paper() !== light)
  await page.screenshot({ path: `${o.out}/${o.name}-dark.png`, fullPage: true })
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 420, height: 900 })
  check(`${o.name}: nor on a telephone`, await fits())
  const pdf = await page.pdf({ path: `${o.out}/${o.name}.pdf`, format: 'A4' })
  check(`${o.name}: it prints`, pdf.length > 10_000, `${pdf.length} bytes`)
  check(`${o.name}: no console error`, errors.length === 0, errors.slice(0, 3).join(' | '))
  check(`${o.name}: no request for anything else`, others.length === 0, others.slice(0, 3).join(' '))
  await browser.close()
})
