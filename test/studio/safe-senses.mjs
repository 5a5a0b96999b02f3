// Small windows, still pictures, colours of the system: every page stands them.
import { openPage, visit } from './browser.mjs'
import { addressOf, pages } from './pages.mjs'
import { assert, check } from './report.mjs'

export async function senses(browser, server) {
  await check('senses: 320 pixels are enough for every page', () => narrow(browser, server))
  await check('senses: who wants no motion gets none', () => still(browser, server))
  await check('senses: in forced colours states and focus can be seen', () => forced(browser, server))
}

async function narrow(browser, server) {
  const { page, context } = await openPage(browser, server, { viewport: { width: 320, height: 640 } })
  const wide = []
  for (const [, path] of pages.map(([name, path]) => [name, addressOf(path)])) {
    await visit(page, server.url + path)
    const found = await page.evaluate(() => {
      const width = document.documentElement.scrollWidth
      if (width <= 321) return undefined
      const scrolls = (one) => {
        for (let at = one.parentElement; at; at = at.parentElement) {
          if (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(at).overflowX)) return true
        }
        return false
      }
      const worst = [...document.querySelectorAll('body *')].find(
        (one) => one.getBoundingClientRect().right > 322 && one.checkVisibility() && !scrolls(one),
      )
      return `${width}, ${worst?.tagName.toLowerCase()}.${worst?.getAttribute('class') ?? ''}`
    })
    if (found) wide.push(`${path}: ${found}`)
  }
  await context.close()
  if (process.env.LAZ_LOUD) process.stdout.write(`${wide.join('\n')}\n`)
  assert(wide.length === 0, wide.join('\n'))
}

async function still(browser, server) {
  const { page, context } = await openPage(browser, server)
  const moving = []
  for (const path of ['/', '/jobs', '/jobs/long_oak', '/jobs/amber_pipe?tab=graph', '/compute', '/new/job']) {
    await visit(page, server.url + path)
    await page.keyboard.press('Control+k')
    const found = await page.evaluate(() =>
      document
        .getAnimations()
        .filter((one) => one.playState === 'running' && Number(one.effect?.getComputedTiming().duration) > 10)
        .map((one) => one.effect?.target?.getAttribute?.('class') ?? one.effect?.target?.tagName),
    )
    await page.keyboard.press('Escape')
    moving.push(...found.map((one) => `${path}: ${one}`))
  }
  await context.close()
  assert(moving.length === 0, moving.join('\n'))
}

/** Where the system paints, what a page tells by the colour of a ground alone is gone: it has words, lines or pictures too. */
async function forced(browser, server) {
  const { page, wrong, context } = await openPage(browser, server, { forcedColors: 'active' })
  const lost = []
  for (const path of [
    '/',
    '/jobs',
    '/jobs/calm_lamp',
    '/endpoints/flowers',
    '/jobs/amber_pipe?tab=graph',
    '/new/compute',
  ]) {
    await visit(page, server.url + path)
    const found = await page.evaluate(() => {
      const bad = []
      for (const one of document.querySelectorAll('main .status, .live'))
        if (one.textContent.trim() === '' && !one.getAttribute('aria-label')) bad.push('a state without a word')
      for (const one of document.querySelectorAll(
        'main button:not(:disabled), main a.button, main input.field, main select',
      )) {
        if (!one.checkVisibility()) continue
        one.focus()
        const { outlineStyle, outlineWidth } = getComputedStyle(one)
        if (document.activeElement === one && (outlineStyle === 'none' || outlineWidth === '0px'))
          bad.push(`${one.tagName.toLowerCase()}.${one.getAttribute('class')} without a line around the focus`)
      }
      const bars = [
        ...document.querySelectorAll('main :is(.track i, .phases .stretch, .stretches span, .shares > *, .swatch)'),
      ]
      for (const bar of bars) {
        const { backgroundColor, borderStyle, forcedColorAdjust } = getComputedStyle(bar)
        const ground = getComputedStyle(bar.parentElement).backgroundColor
        if (forcedColorAdjust === 'auto' && borderStyle === 'none' && backgroundColor === ground)
          bad.push(`${bar.getAttribute('class')} cannot be told from its ground`)
      }
      for (const one of document.querySelectorAll(
        ':is(nav, main) :is([aria-current=page], [aria-pressed=true], [aria-selected=true])',
      )) {
        const { outlineStyle, borderBottomStyle } = getComputedStyle(one)
        if (one.checkVisibility() && outlineStyle === 'none' && borderBottomStyle === 'none')
          bad.push(`${one.tagName.toLowerCase()}.${one.getAttribute('class')} is chosen, and nothing shows it`)
      }
      return [...new Set(bad)]
    })
    lost.push(...found.map((one) => `${path}: ${one}`))
  }
  await context.close()
  if (process.env.LAZ_LOUD) process.stdout.write(`${lost.join('\n')}\n`)
  assert(lost.length + wrong.length === 0, [...lost, ...wrong].join('\n'))
}
