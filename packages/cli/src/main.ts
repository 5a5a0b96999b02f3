// argv in, exit code out. Nothing is loaded here but what tells one question from the others: the rest comes when asked for.
import { writeSync } from 'node:fs'
import about from '../package.json' with { type: 'json' }

const words = process.argv.slice(2)

if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) {
  writeSync(1, `laz ${about.version}\n`)
} else {
  void import('./run.ts').then(async ({ run }) => {
    // nothing is left to do but to wait for sockets to close themselves
    process.exit(await run(words, process.env))
  })
}
