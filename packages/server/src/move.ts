// What `laz store move` runs: no server, but with the store of one. Says what it does in lines of JSON.
import { type Moved, moveStore } from '@lazurite/store'

/** Moves the rows of a home to the database that LAZ_STORE names, or back into the home when it names none. */
export async function moveRows(home: string, env: NodeJS.ProcessEnv): Promise<void> {
  const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`)
  const moved: Moved = await moveStore({
    home,
    to: env.LAZ_STORE || undefined,
    now: Date.now(),
    told: (one) => say(one),
  })
  say({ moved })
}
