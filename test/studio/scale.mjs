// Very much of everything: a hundred thousand jobs, a hundred series of ten thousand points, a log of a million lines, a
// thousand steps. Every figure is printed beside its budget.
import { openPage, visit } from './browser.mjs'
import { firstJob, logBatch, multiply, workspace } from './crowd.mjs'
import { putThousand, thousand } from './graphs.mjs'
import { clickUntil, framesOf, goUntil, heapOf, hold, quantile, tell } from './measure.mjs'
import { assert, check } from './report.mjs'

/** `LAZ_SCALE=0.01` tries the whole with less of everything. */
const scaled = Number(process.env.LAZ_SCALE ?? 1)
const jobs = 100_000 * scaled
const few = 1000 * scaled
const lines = 1_000_000 * scaled
const points = 10_000 * scaled
const told = (number) => number.toLocaleString('en-US')

export async function scale(browser, server) {
  await check('a thousand steps are painted within 300 ms', async () => {
    await putThousand(server)
    return thousand(browser, server)
  })
  await check('a chart of 100 series with 10,000 points each', () => chart(browser, server))
  await check('a log of 1,000,000 lines', () => log(browser, server))
  await check('100,000 jobs are listed as fast as 1,000', () => list(browser, server))
}

async function withPage(browser, server, work) {
  const { page, wrong, context } = await openPage(browser, server)
  try {
    await work(page)
    assert(wrong.length === 0, wrong.join('\n'))
  } finally {
    await context.close()
  }
}

async function list(browser, server) {
  await firstJob(server, { name: 'crowd', displayName: 'the first of many' })
  const at = Date.now()
  const metrics = ['loss', 'accuracy'].map((key) => ({ key, value: 0.5, step: 0, timestamp: at }))
  await logBatch(server, { run_id: 'crowd', metrics, params: [{ key: 'lr', value: '0.1' }] })
  await multiply(server, { from: 'crowd', first: 1, last: few })
  const before = await opened(browser, server)
  await multiply(server, { from: 'crowd', first: few + 1, last: jobs })
  const after = await opened(browser, server)
  tell(`opened with ${few} jobs`, before.median)
  hold(`opened with ${jobs} jobs`, after.median, { budget: 300 })
  // two frames are what is told apart at all
  assert(after.least <= before.least * 1.5 + 34, `${after.least} ms with all, ${before.least} ms with few`)
  await withPage(browser, server, async (page) => {
    await visit(page, `${server.url}/jobs`)
    await scrolled(page)
    await found(page, server)
  })
}

/** From another page to the list, several times; its code is there after the first. */
async function opened(browser, server) {
  const times = []
  await withPage(browser, server, async (page) => {
    for (let i = 0; i < 6; i++) {
      // a load anew, so that rows come from the server
      await visit(page, `${server.url}/kinds`)
      times.push(await clickUntil(page, { selector: 'nav.rail a', text: 'Jobs' }, { selector: '.grid [role=row].row' }))
    }
  })
  const kept = times.slice(1)
  return { median: quantile(kept, 0.5), least: Math.min(...kept) }
}

async function scrolled(page) {
  const box = await page.locator('.grid').boundingBox()
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  let most = 0
  const frames = await framesOf(page, async () => {
    for (let i = 0; i < 150; i++) {
      await page.mouse.wheel(0, 900)
      if (i % 30 === 0) most = Math.max(most, await page.evaluate(() => document.getElementsByTagName('*').length))
    }
    await page.waitForTimeout(300)
  })
  const row = await page.evaluate(() => Number([...document.querySelectorAll('.grid .row')].at(-1).ariaRowIndex) - 1)
  tell('rows scrolled through', row, 'rows')
  assert(row > Math.min(jobs, 1000) / 2, `only ${row} rows were scrolled through`)
  hold('frames of a scroll, 95% within', quantile(frames, 0.95), { budget: 100 })
  tell('the longest frame of a scroll', Math.max(...frames))
  hold('elements in the page', most, { budget: 2000, unit: 'elements', factor: 1 })
}

/** A rare word of a display name, from typing to the row; and the search over everything. */
async function found(page, server) {
  const grid = page.locator('.grid')
  await grid.evaluate((box) => box.scrollTo({ top: 0 }))
  const field = page.getByRole('searchbox', { name: /Search jobs/ })
  const from = Date.now()
  await field.fill('needle')
  await page.locator('.grid .row', { hasText: 'needle in the hay' }).waitFor({ timeout: 30_000 })
  hold('a rare word found among the rows', Date.now() - from, { budget: 500 })
  for (const path of ['search?q=needle', 'jobs?display-name=*nowhere*', 'jobs?metric=loss<0.1&top=50']) {
    const times = []
    for (let i = 0; i < 5; i++) {
      const at = performance.now()
      await server.ask(`/lazurite/v1${workspace}/${path}`)
      times.push(performance.now() - at)
    }
    hold(`GET ${path}`, quantile(times, 0.5), { budget: 100 })
  }
}

/** One chart of all metrics of a job; of a small one beside it, so that a slow machine is told from a slow chart. */
async function chart(browser, server) {
  for (const [name, series, size] of [
    ['chart_small', 10, 1000],
    ['chart_large', 100, points],
  ]) {
    await firstJob(server, { name })
    for (let one = 0; one < series; one++) await logSeries(server, { name, one, points: size })
  }
  const small = await drawn(browser, server, { name: 'chart_small', series: 10 })
  const large = await drawn(browser, server, { name: 'chart_large', series: 100 })
  tell('10 series of 1,000 points: read and gathered by the server', small.cold)
  tell('10 series of 1,000 points: painted', small.again)
  hold('100 series of 10,000 points: read and gathered by the server', large.cold, { budget: 1000 })
  hold('100 series of 10,000 points: from a click to the chart', large.first, { budget: 1000 })
  hold('100 series of 10,000 points: painted', large.again, { budget: 300 })
  // ten times the lines
  assert(large.again <= small.again * 10 + 100, `${large.again} ms, and ${small.again} ms of the small one`)
}

async function logSeries(server, { name, one, points }) {
  let value = Math.sin(one)
  const began = Date.now() - points * 1000
  for (let from = 0; from < points; from += 1000) {
    const metrics = Array.from({ length: Math.min(1000, points - from) }, (_, i) => {
      value += Math.sin((from + i) * (one + 3)) * 0.1 + (one % 7) * 1e-4
      return { key: `run/m${one}`, value, step: from + i, timestamp: began + (from + i) * 1000 }
    })
    await logBatch(server, { run_id: name, metrics })
  }
}

async function drawn(browser, server, { name, series }) {
  const result = { cold: await asked(server, { name, series }), first: 0, again: 0 }
  await withPage(browser, server, async (page) => {
    await visit(page, `${server.url}/jobs/${name}?tab=metrics&by=place&q=nothing`)
    result.first = await goUntil(page, '?tab=metrics&by=place', { selector: '.chart .uplot canvas' })
    const times = []
    for (let i = 0; i < 5; i++) {
      await page.waitForTimeout(300)
      // away within the page and back: what is measured is the drawing
      times.push(await page.evaluate(drawAgain))
    }
    result.again = Math.min(...times)
  })
  return result
}

/** What the server takes that has not read the points before. */
async function asked(server, { name, series }) {
  const body = { jobs: [name], keys: Array.from({ length: series }, (_, i) => `run/m${i}`), buckets: 467 }
  const from = performance.now()
  await server.ask(`/lazurite/v1${workspace}/metrics/query`, { method: 'POST', body: JSON.stringify(body) })
  return performance.now() - from
}

/** Runs in the page: goes to a table of the values and back. */
async function drawAgain() {
  const frame = () => new Promise(requestAnimationFrame)
  const button = (text) => [...document.querySelectorAll('.chart button')].find((one) => one.textContent === text)
  button('Table').click()
  while (document.querySelector('.chart .uplot')) await frame()
  await new Promise((resolve) => setTimeout(resolve, 300))
  const from = performance.now()
  button('Chart').click()
  while (!document.querySelector('.chart .uplot canvas')) await frame()
  await frame()
  await frame()
  return performance.now() - from
}

async function log(browser, server) {
  const line =
    'step %d loss=0.%06d accuracy=0.93 lr=0.001 throughput=1234.5 samples/s device=cuda:0 mem=11.2GB worker=%d\\n'
  const command = `awk 'BEGIN { for (i = 1; i <= ${lines}; i++) printf (i % 199 == 0 ? "needle " : "") "${line}", i, i, i % 8 }'`
  await firstJob(server, { name: 'long_log', command })
  await withPage(browser, server, async (page) => {
    await visit(page, `${server.url}/jobs/long_log?tab=system`)
    const there = { selector: '.viewer footer', text: `${told(lines)} lines` }
    const ready = await clickUntil(page, { selector: 'nav.tabs a', text: 'Logs' }, there)
    hold('ready', ready, { budget: 1500 })
    await page.waitForFunction(() => !document.querySelector('.viewer footer').textContent.includes('reading'))
    const jumps = await page.evaluate(jumpAbout)
    hold('a jump, half of them within', quantile(jumps, 0.5), { budget: 35 })
    tell('a jump, 95% of them within', quantile(jumps, 0.95))
    const hits = Math.floor(lines / 199)
    const from = Date.now()
    await page.getByRole('searchbox', { name: 'Search the log' }).fill('needle')
    await page.locator('.viewer [role=status]', { hasText: `${told(hits)} lines` }).waitFor({ timeout: 60_000 })
    hold(`a word found on ${told(hits)} lines`, Date.now() - from, { budget: 500 })
    hold('heap of the page', await heapOf(page), { budget: 60, unit: 'MB' })
  })
}

/** Runs in the page: scrolls anywhere and answers after how long lines of there are shown. */
async function jumpAbout() {
  const box = document.querySelector('.log.rows')
  const frame = () => new Promise(requestAnimationFrame)
  const first = () => Number(box.querySelector('.log-number')?.textContent ?? 0)
  const times = []
  for (let i = 0; i < 25; i++) {
    const before = first()
    const from = performance.now()
    box.scrollTop = ((i * 0.618034) % 1) * (box.scrollHeight - box.clientHeight)
    while (first() === before && performance.now() - from < 5000) await frame()
    times.push(performance.now() - from)
    await frame()
  }
  return times
}
