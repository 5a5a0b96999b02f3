// spark job: a Python file on a Spark cluster. Checked here; running it is refused by name.
import { type Fields, f } from '../../field.ts'
import { code, environment, inputs, job, outputs } from './common.ts'

const entry = f.union(
  [
    f.object(
      { file: f.required(f.string({ doc: 'Python file inside the code folder.' })) },
      { constant: ['sparkJobEntryType', 'SparkJobPythonEntry'] },
    ),
    f.object({ class_name: f.required(f.string({ doc: 'Class of a jar.' })) }),
  ],
  { doc: 'What starts.' },
)
const texts = (doc: string) => f.list(f.string(), { doc })

/** Runtime versions are whole numbers joined by dots. */
const runtime = f.string({
  numbers: true,
  pattern: '^\\d+(\\.\\d+)*$',
  says: 'whole numbers joined by dots, such as 3.3',
  doc: 'Spark version.',
})
const sizes = [4, 8, 16, 32, 64].map((n) => `standard_e${n}s_v3`)
export const sparkResources = f.object(
  {
    instance_type: f.required(f.enum(sizes, { doc: 'Size of a node.' })),
    runtime_version: f.required(runtime),
  },
  { doc: 'Serverless Spark, instead of compute.' },
)

/** The program itself, as jobs, nodes and components share it. */
export const sparkFields: Fields = {
  code,
  entry: f.required(entry),
  py_files: texts('.py, .zip and .egg files.'),
  jars: texts('Jars.'),
  files: texts('Files put beside the program.'),
  archives: texts('Archives unpacked beside the program.'),
  conf: f.map(f.string({ loose: true, nullable: true }), {
    doc: 'Spark settings: driver and executor cores, memory, instances.',
  }),
  environment,
  args: f.string({ doc: 'Arguments, with expressions.' }),
}

export const sparkJob: Fields = { ...job, ...sparkFields, inputs, outputs, resources: sparkResources }
