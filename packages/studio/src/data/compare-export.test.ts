import { expect, test } from 'vitest'
import type { Compared } from './compare.ts'
import { tableOf, toCsv, toMarkdown } from './compare-export.ts'

const job = (name: string, label: string, metrics: Compared['metrics']): Compared => ({
  name,
  label,
  status: 'Completed',
  seconds: 1,
  resource: { id: name, name, type: 'job', properties: {} },
  params: {},
  metrics,
})
const jobs = [job('a', 'a', { loss: 0.5 }), job('b', '=HYPERLINK("x")', { loss: -1, odd: 'NaN' })]
const fields = [{ section: 'Parameters', name: 'lr|x', values: ['-0.1', undefined], differs: true }]

test('a comparison is a table that nothing computes', () => {
  expect(toCsv(tableOf(jobs, fields)).split('\n')).toEqual([
    '"Section","Name","a","\'=HYPERLINK(""x"") (b)"',
    '"Parameters","lr|x",-0.1,""',
    '"Metrics","loss",0.5,-1',
    '"Metrics","odd","","NaN"',
    '',
  ])
})

test('in Markdown nothing is markup', () => {
  const text = toMarkdown({ head: ['a'], rows: [['<b>|`x`\n*y*']] })
  expect(text).toBe('| a |\n| --- |\n| &lt;b>\\|\\`x\\` \\*y\\* |\n')
})
