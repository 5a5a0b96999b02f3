import { expect, test } from 'vitest'
import { readColumns } from '../../data/job-columns.ts'
import { rowOf } from '../../data/jobs.ts'
import { jobsCsv } from './export.ts'

test('what a table would compute is a text, numbers are numbers', () => {
  const job = rowOf({
    id: 'a',
    name: 'a',
    type: 'job',
    properties: { displayName: '=HYPERLINK("http://x")', tags: { team: '@cv' }, status: 'Completed' },
    lazurite: { metrics: { loss: -0.5 } },
  })
  const lines = jobsCsv(readColumns('name,metrics.loss,tags.team,params.none'), [job]).split('\n')
  expect(lines).toEqual(['"name","Job","loss","team","none"', `"a","'=HYPERLINK(""http://x"")",-0.5,"'@cv",""`, ''])
})
