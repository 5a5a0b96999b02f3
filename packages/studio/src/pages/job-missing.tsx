// A job that is not there, with ways on.
import { needKind } from '../data/kinds.ts'
import { Missing } from '../parts/missing.tsx'

export function JobMissing({ name, error, retry }: { name: string; error: unknown; retry(): void }) {
  return <Missing kind={needKind('job')} of={{ name }} error={error} retry={retry} />
}
