// Who may only look, whose login ran out, whose server went away, and what others wrote: nothing of it does harm.

import { check } from './report.mjs'
import { hostile } from './safe-hostile.mjs'
import { keeping } from './safe-keeping.mjs'
import { reading } from './safe-reading.mjs'
import { seedGoing, seedStrange } from './safe-seed.mjs'
import { senses } from './safe-senses.mjs'
import { seed } from './server.mjs'

export async function safe(browser, server) {
  const wanted = (process.env.LAZ_SAFE ?? 'reading,keeping,hostile,senses').split(',')
  await check('safe: a home with strange things in it', async () => {
    await seedGoing(server, 'long_oak')
    await seed(server)
    await seedStrange(server)
    for (const name of ['strange_one', 'strange_two']) await server.run('job', 'stream', '-n', name).catch(() => '')
  })
  if (wanted.includes('hostile')) await hostile(browser, server)
  if (wanted.includes('reading')) await reading(browser, server)
  if (wanted.includes('senses')) await senses(browser, server)
  if (wanted.includes('keeping')) await keeping(browser, server)
}
