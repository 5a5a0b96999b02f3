// Times as a page sees them, held to what they may be. Machines that test are busy: what fails here is several times the
// budget; `LAZ_STRICT=1` holds everything to the budget itself.
import { assert } from './report.mjs'

const generous = process.env.LAZ_STRICT ? 1 : 4

/** Prints a figure beside its budget, and fails when it is far above. */
export function hold(name, value, { budget, unit = 'ms', factor = generous }) {
  const within = value <= budget ? 'within' : 'OVER'
  process.stdout.write(`    ${name}: ${round(value)} ${unit}, budget ${budget} ${unit}: ${within}\n`)
  assert(value <= budget * factor, `${name}: ${round(value)} ${unit}, the budget is ${budget} ${unit}`)
}

export function tell(name, value, unit = 'ms') {
  process.stdout.write(`    ${name}: ${round(value)} ${unit}\n`)
}

const round = (value) => (value >= 100 ? value.toFixed(0) : value.toFixed(1))

export function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN
}

/**
 * Clicks what the selector says (the one with that text, when given), waits until `there` is in the page (with that text)
 * and two frames have passed, and answers how long it took; all inside the page.
 */
export function clickUntil(page, click, there) {
  return page.evaluate(
    async ([click, there]) => {
      const find = ({ selector, text }) =>
        [...document.querySelectorAll(selector)].find((one) => text === undefined || one.textContent.includes(text))
      const frame = () => new Promise(requestAnimationFrame)
      const from = performance.now()
      find(click).click()
      while (!find(there)) {
        if (performance.now() - from > 60_000) throw new Error(`${there.selector} ${there.text ?? ''} did not appear`)
        await frame()
      }
      await frame()
      await frame()
      return performance.now() - from
    },
    [click, there],
  )
}

/** The same for an address within the pages. */
export function goUntil(page, href, there) {
  return page.evaluate(
    async ([href, { selector }]) => {
      const frame = () => new Promise(requestAnimationFrame)
      const from = performance.now()
      history.pushState(null, '', href)
      while (!document.querySelector(selector)) {
        if (performance.now() - from > 60_000) throw new Error(`${selector} did not appear`)
        await frame()
      }
      await frame()
      await frame()
      return performance.now() - from
    },
    [href, there],
  )
}

/** Lengths of frames while the work is done, in milliseconds. */
export async function framesOf(page, work) {
  await page.evaluate(() => {
    const seen = []
    let last = performance.now()
    let on = true
    const tick = (now) => {
      seen.push(now - last)
      last = now
      if (on) requestAnimationFrame(tick)
    }
    requestAnimationFrame(tick)
    globalThis.framesSeen = () => {
      on = false
      return seen.slice(1)
    }
  })
  await work()
  return page.evaluate(() => globalThis.framesSeen())
}

/** Megabytes of the heap after everything that nobody holds is gone. */
export async function heapOf(page) {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('HeapProfiler.collectGarbage')
  await devtools.send('HeapProfiler.collectGarbage')
  const { usedSize } = await devtools.send('Runtime.getHeapUsage')
  await devtools.detach()
  return usedSize / 1e6
}
