// The first answer to a question and the usual one.
import { cpuSeconds } from './servers.mjs'

/** Milliseconds of the first call; of the clock and of the server's processor a call, the mean of those after it. */
export async function firstAndCost(
  server,
  act,
  { seconds = Number(process.env.LAZ_SCALE_SECONDS ?? 1), most = 200 } = {},
) {
  const from = performance.now()
  const { answer } = await act(server, 0)
  const firstMs = performance.now() - from
  const [before, start] = [cpuSeconds(server.pids()), performance.now()]
  let calls = 0
  do {
    calls++
    await act(server, calls)
  } while (calls < most && performance.now() - start < 1000 * seconds)
  return {
    firstMs,
    wallMs: (performance.now() - start) / calls,
    cpuMs: ((cpuSeconds(server.pids()) - before) * 1000) / calls,
    bytes: answer.length,
  }
}
