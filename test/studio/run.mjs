// The pages in a real browser over a real server. `npm run test:studio` tries everything;
// `-- --gallery` makes the pictures of docs/pictures/studio; `-- --only compute` looks at some pages alone.
import { parseArgs } from 'node:util'
import { openBrowser } from './browser.mjs'
import { budget } from './budget.mjs'
import { flows } from './flows.mjs'
import { looks } from './looks.mjs'
import { check, close } from './report.mjs'
import { seed, startServer } from './server.mjs'

const { values } = parseArgs({
  options: { gallery: { type: 'boolean' }, only: { type: 'string' }, flows: { type: 'boolean' } },
})

const server = await startServer()
const browser = await openBrowser()
try {
  await check('a home with one of everything', () => seed(server, { pictures: values.gallery === true }))
  if (!values.flows) await looks(browser, server, { only: values.only, pictures: values.gallery === true })
  if (!values.gallery && !values.only) {
    if (!values.flows) await budget()
    await flows(browser, server)
  }
} finally {
  await browser.close()
  await server.end()
}
process.exit(close())
