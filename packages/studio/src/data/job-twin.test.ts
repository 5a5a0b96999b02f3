import { expect, test } from 'vitest'
import { listCommand } from './job-twin.ts'

test.each([
  [{ words: [] }, 'laz job list'],
  [
    {
      words: [
        ['status', 'Failed'],
        ['experiment', 'my flowers'],
        ['depth', 'all'],
        ['archived', 'all'],
      ],
    },
    "laz job list --status Failed --experiment-name 'my flowers' --all-depths --include-archived",
  ],
  [
    {
      words: [
        ['display-name', '*rat*'],
        ['created-by', 'ada'],
        ['metric', 'loss<0.2'],
      ],
    },
    `laz job list --metric 'loss<0.2' --filter "display_name ILIKE '%rat%' and created_by = 'ada'"`,
  ],
  [
    { words: [], order: 'metrics.loss asc', group: 'experiment asc', show: ['metrics.loss', 'params.lr'] },
    "laz job list --order-by 'experiment asc, metrics.loss asc' --metrics loss --metrics params.lr",
  ],
] as const)('%o', (list, command) => {
  expect(listCommand(list)).toBe(command)
})
