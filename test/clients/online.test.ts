// Online endpoints of the unmodified azure-ai-ml over https. LAZ_TEST_PYTHON names a Python that has it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasSdk, openPrograms, type SdkPrograms } from './sdk-program.ts'

const script = `
import json, os
def init():
    global weight
    weight = int(open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model", "weight.txt")).read())
    print("the weight is", weight)
def run(data):
    print("was asked about", json.loads(data)["n"])
    return {"sum": json.loads(data)["n"] + weight, "word": os.environ["WORD"]}
`

describe.skipIf(!hasSdk('online endpoints'))('online endpoints of azure-ai-ml', () => {
  let programs: SdkPrograms
  let seen: Record<string, unknown>
  beforeAll(async () => {
    const files = { 'code/score.py': script, 'model/weight.txt': '40', 'request.json': '{"n": 2}' }
    programs = await openPrograms(files)
    seen = (await programs.run('online.py')) as Record<string, unknown> // the program prints a mapping
  }, 300_000)
  afterAll(() => programs?.end())

  test('live a whole life', () => {
    expect(seen).toMatchObject({
      states: [
        ['blue', 'Succeeded'],
        ['green', 'Succeeded'],
      ],
      traffic: { blue: 100 },
      mirror: { green: 50 },
      mirrored: true,
      split: { blue: 90, green: 10 },
      invoked: { sum: 42, word: 'blue' },
      named: { sum: 42, word: 'green' },
      updated: { sum: 42, word: 'azure' },
      regenerated: true,
      after: { sum: 42, word: 'azure' },
      swapped: { sum: 42, word: 'green' },
      packed: ['words-pkg', '1'],
      unpacked: { sum: 42, word: 'packed' },
      left: ['green', 'packed'],
      gone: [],
    })
    expect(seen.logs).toContain('the weight is 40')
    const { blue = 0, green = 0, ...others } = seen.shares as Record<string, number> // counts by who answered
    expect(others).toEqual({})
    expect(blue + green).toBe(300)
    // five standard deviations of a share of one tenth
    expect(Math.abs(green - 30)).toBeLessThan(26)
  })
})
