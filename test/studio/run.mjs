// The pages in a real browser over a real server. `npm run test:studio` tries everything;
// `-- --part newcomer|graphs|scale|safe|score|looks|flows|tracing|making` one of its parts; `-- --only compute` looks at some pages alone;
// `-- --gallery` makes the pictures of docs/pictures/studio.
import { parseArgs } from 'node:util'
import { openBrowser } from './browser.mjs'
import { budget } from './budget.mjs'
import { flows } from './flows.mjs'
import { graphs } from './graphs.mjs'
import { looks } from './looks.mjs'
import { making } from './making.mjs'
import { newcomer } from './newcomer.mjs'
import { check, close, part } from './report.mjs'
import { safe } from './safe.mjs'
import { scale } from './scale.mjs'
import { score } from './score.mjs'
import { seed, startServer } from './server.mjs'
import { tracing } from './tracing.mjs'

const { values } = parseArgs({
  options: { gallery: { type: 'boolean' }, only: { type: 'string' }, part: { type: 'string' } },
})
const pictures = values.gallery === true
const wants = (part) => (values.part === undefined ? true : values.part === part)

/** Does its work over a server of its own. */
async function over(work) {
  const server = await startServer()
  try {
    await work(server)
  } finally {
    await server.end()
  }
}

const browser = await openBrowser()
try {
  if (!pictures && !values.only)
    for (const [name, work] of Object.entries({ newcomer, graphs, scale, safe }))
      if (wants(name)) await part(name, () => over((server) => work(browser, server)))
  const rest = ['looks', 'flows', 'tracing', 'making', 'score'].filter(wants)
  if (rest.length > 0) await part(rest.join(', '), () => over(withSeed))
} finally {
  await browser.close()
}
process.exit(close())

/** What needs a home with one of everything. */
async function withSeed(server) {
  await check('a home with one of everything', () => seed(server, { pictures }))
  if (wants('looks')) await looks(browser, server, { only: values.only, pictures })
  if (pictures || values.only) return
  if (wants('looks')) await budget()
  if (wants('score')) await score(browser, server)
  if (wants('flows')) await flows(browser, server)
  if (wants('tracing')) await tracing(browser, server)
  if (wants('making')) await making(browser, server)
}
