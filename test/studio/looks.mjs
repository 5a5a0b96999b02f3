// Every page in both themes: it is drawn without an error, axe has nothing to say; pictures of the gallery on demand.
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { findBarriers, openPage, visit } from './browser.mjs'
import { addressOf, gallery, pages } from './pages.mjs'
import { check } from './report.mjs'

const folder = resolve(import.meta.dirname, '../../docs/pictures/studio')

export async function looks(browser, server, { only, pictures }) {
  if (pictures) mkdirSync(folder, { recursive: true })
  for (const theme of ['light', 'dark']) {
    const { page, wrong, context } = await openPage(browser, server, { theme })
    for (const [name, path, pictured = path] of pages) {
      if (only && !name.includes(only)) continue
      if (pictures && !gallery.has(name)) continue
      await check(`${theme} ${name}`, async () => {
        wrong.length = 0
        await visit(page, server.url + addressOf(pictures ? pictured : path))
        if (pictures) await page.screenshot({ path: join(folder, `${name}-${theme}.png`) })
        const found = pictures ? [] : await findBarriers(page)
        return [...wrong, ...found].join('\n')
      })
    }
    await context.close()
  }
}
