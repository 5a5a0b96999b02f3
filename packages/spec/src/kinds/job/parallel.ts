// parallel: one function over mini-batches of an input. Only as a pipeline node or component.
import { type Fields, f } from '../../field.ts'
import { code, environment, resources } from './common.ts'

const task = f.object(
  {
    type: f.required(
      f.enum(['run_function', 'model', 'function'], { literal: true, doc: 'run_function in practice.' }),
    ),
    code: { ...code, wire: 'code', literal: true },
    entry_script: f.string({ doc: 'Python file with init() and run(mini_batch).' }),
    program_arguments: f.string({ doc: 'Arguments of the script.' }),
    model: f.string({ doc: 'Model of a model task.' }),
    append_row_to: f.string({ doc: 'Output that collects the rows run() returns.' }),
    environment: f.required({ ...environment, wire: 'environment' }),
  },
  { open: true, doc: 'What runs.' },
)

export const parallelFields: Fields = {
  logging_level: f.enum(['DEBUG', 'INFO', 'WARNING'], { spelling: 'exact', doc: 'How much is logged.' }),
  task,
  mini_batch_size: f.string({
    pattern: '^0*[1-9]\\d*([kKmMgG][bB])?$',
    says: 'a number of files, or of bytes with kb, mb or gb, and more than none',
    doc: 'A text: files a batch ("10"), or bytes ("10kb").',
  }),
  partition_keys: f.list(f.string(), { textual: true, doc: 'Columns that cut the data into batches.' }),
  input_data: f.string({ doc: 'The input that is cut: ${{inputs.<name>}}.' }),
  resources,
  retry_settings: f.object(
    { timeout: f.int({ doc: 'Seconds a batch may take.' }), max_retries: f.int({ doc: 'Tries of a batch.' }) },
    { open: true, doc: 'Second chances of a batch.' },
  ),
  max_concurrency_per_instance: f.int({ doc: 'Processes on a node.' }),
  error_threshold: f.int({ doc: 'Failed items tolerated; -1 = all.' }),
  mini_batch_error_threshold: f.int({ doc: 'Failed batches tolerated; -1 = all.' }),
}
