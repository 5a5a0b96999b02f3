// A job as its YAML file, and as the wire has it.
import { printYaml } from '@lazurite/spec'
import { useState } from 'react'
import { describe } from '../data/described.ts'
import { needKind } from '../data/kinds.ts'
import type { Resource } from '../data/queries.ts'
import { Card, Copy } from '../parts/bits.tsx'
import { Editor } from '../parts/editor.tsx'
import type { JobTabProps } from './job-tab.ts'

/** What only the server says of it is no part of its file. */
const told = new Set(['services', 'status'])

function yamlOf(job: Resource): string {
  const document = Object.entries(describe(needKind('job'), job).document).filter(([key]) => !told.has(key))
  return printYaml(Object.fromEntries([['name', job.name], ...document]))
}

export function Document({ job }: JobTabProps) {
  const [raw, setRaw] = useState(false)
  const text = raw ? JSON.stringify(job, null, 2) : yamlOf(job)
  return (
    <Card
      title={raw ? 'As the wire has it' : 'YAML'}
      end={
        <>
          <button type="button" className="button bare small" aria-pressed={raw} onClick={() => setRaw(!raw)}>
            {raw ? 'YAML' : 'JSON'}
          </button>
          <Copy text={text} label="Copy it" />
        </>
      }
      bare
    >
      <Editor
        key={String(raw)}
        label={raw ? 'JSON of the job' : 'YAML of the job'}
        value={text}
        language={raw ? 'json' : 'yaml'}
        height="480px"
      />
    </Card>
  )
}
