// Computes of the unmodified azure-ai-ml over https. LAZ_TEST_PYTHON names a Python that has it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasSdk, openPrograms, type SdkPrograms } from './sdk-program.ts'

describe.skipIf(!hasSdk('computes'))('computes of azure-ai-ml', () => {
  let programs: SdkPrograms
  beforeAll(async () => {
    programs = await openPrograms({}, { LAZ_CORES: '4', LAZ_MEMORY_MIB: '16000' })
  })
  afterAll(() => programs?.end())

  test('clusters grow, are resized and shrink; instances start, stop and restart; refusals', async () => {
    expect(await programs.run('computes.py')).toEqual({
      cluster: [
        [['running', 'first']],
        [
          ['running', 'first'],
          ['running', 'second'],
        ],
        2,
      ],
      instance: [
        ['Running', 'Stopped', 'Running', 'JobRunning', 'Running'],
        '30',
        '0 18 * * *',
        'stop',
        ['Restart', 'Succeeded'],
        'Canceled',
        ['mine'],
      ],
      gone: true,
      refused: [400, 400],
    })
  }, 200_000)
})
