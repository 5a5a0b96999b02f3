import { openBrowser } from '/work/studio/test/studio/browser.mjs'
import { making } from '/work/studio/test/studio/making.mjs'
import { check, close } from '/work/studio/test/studio/report.mjs'
import { seed, startServer } from '/work/studio/test/studio/server.mjs'

const server = await startServer()
const browser = await openBrowser()
try {
  await check('seed', () => seed(server, { pictures: false }))
  await making(browser, server)
} finally {
  await browser.close()
  await server.end()
}
process.exit(close())
