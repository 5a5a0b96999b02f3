// The command line's own start: what `laz` adds to an empty Node process.
import { laz, say, sideBySide, startServer, timed } from './tools.mjs'

export async function measure({ rounds = 31 }) {
  const server = startServer()
  try {
    say(`${rounds} rounds …`)
    const run =
      (...args) =>
      async () => {
        const { allMs, code, output } = await timed(process.execPath, args, { env: server.env })
        if (code !== 0) throw new Error(`${args.join(' ')} failed:\n${output}`)
        return allMs
      }
    for (let n = 0; n < 3; n++) await run(laz, 'job', 'list')()
    const ms = await sideBySide(
      {
        empty: run('-e', '0'),
        version: run(laz, '--version'),
        list: run(laz, 'job', 'list'),
        help: run(laz, 'job', '-h'),
      },
      rounds,
    )
    const row = (name, lazurite, goal) => ({
      name,
      group: 'cli',
      unit: 'ms',
      lazurite,
      peer: ms.empty,
      peer_name: 'node -e 0',
      ratio: lazurite / ms.empty,
      ...(goal && { goal }),
    })
    return [
      row('laz --version', ms.version, '≤ 1.3'),
      row('laz job list', ms.list, '≤ 1.4'),
      row('laz job -h', ms.help),
    ]
  } finally {
    server.stop()
  }
}
