// Schedules and jobs of several processes of the unmodified azure-ai-ml over https. LAZ_TEST_PYTHON names a Python that has it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasSdk, openPrograms, type SdkPrograms } from './sdk-program.ts'

describe.skipIf(!hasSdk('schedules'))('schedules of azure-ai-ml', () => {
  let programs: SdkPrograms
  beforeAll(async () => {
    programs = await openPrograms()
  })
  afterAll(() => programs?.end())

  test('start jobs at their time, by hand, with settings, once more; every time zone; refusals', async () => {
    expect(await programs.run('schedules.py')).toEqual({
      'at once': ['Succeeded', true, 1, true, true, 'Completed', 'tick'],
      'by hand': ['Completed', 'settings', true, 'CreateJob'],
      existing: ['Completed', 'again', 'once'],
      zones: expect.any(Number),
      refused: [400, 400, 400],
      left: [],
      several: [
        'Completed',
        true,
        [0, 1, 2, 3].map((rank) => `std_log_process_${rank}.txt`),
        [0, 1, 2, 3].map((rank) => `${rank}.txt`),
      ],
    })
  }, 300_000)
})
