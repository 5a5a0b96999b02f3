// Traces of the whole workspace, or of an experiment.
import { useExperiments } from '../data/experiments.ts'
import { useWords } from '../data/words.ts'
import { useTitle } from '../parts/bits.tsx'
import { TraceTable } from '../parts/traces/table.tsx'

export function Traces() {
  const words = useWords()
  const experiments = useExperiments()
  const experiment = words.get('experiment')
  useTitle('Traces')
  return (
    <>
      <div className="head">
        <h1>Traces</h1>
        <p className="quiet">What calls of models and agents did, step by step.</p>
      </div>
      <TraceTable {...(experiment === '' ? {} : { experiment })}>
        <label className="pick">
          Experiment
          <select
            className="bare"
            value={experiment}
            onChange={({ target }) => words.put({ experiment: target.value })}
          >
            <option value="">all</option>
            {(experiments.data ?? []).map(({ id, name }) => (
              <option key={id} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </TraceTable>
    </>
  )
}
