/** Components and pipelines for conditions and loops. */
import type { JsonObject } from '@lazurite/spec'
import { type Bed, scope } from './bed.ts'

/** Registers version 1 of a command component. */
export async function component(bed: Bed, name: string, spec: JsonObject): Promise<void> {
  await bed.store.resources.put({
    key: { scope, kind: 'component', name, version: '1' },
    props: { componentSpec: { name, version: '1', type: 'command', environment: 'azureml:host@latest', ...spec } },
    by: 'tester',
  })
}

/** `judge` decides, `write` writes a file, `count` counts up, `square` squares and fails at 13. */
export async function controlComponents(bed: Bed): Promise<void> {
  await component(bed, 'judge', {
    command: 'printf %s "${{inputs.say}}" > ${{outputs.flag}}',
    inputs: { say: { type: 'string' } },
    outputs: { flag: { type: 'boolean', is_control: true } },
  })
  await component(bed, 'write', {
    command: 'echo "${{inputs.text}}" > ${{outputs.o}}/f; $[[cat ${{inputs.i}}/f >> ${{outputs.o}}/f]]',
    inputs: { text: { type: 'string', default: 'x' }, i: { type: 'uri_folder', optional: true } },
    outputs: { o: { type: 'uri_folder' } },
  })
  await component(bed, 'count', {
    command:
      'n=$((${{inputs.n}} + 1)); printf $n > ${{outputs.n}}; if [ $n -lt ${{inputs.to}} ]; then echo True; else echo False; fi > ${{outputs.more}}; echo round $n; if [ $n -eq ${{inputs.bad}} ]; then exit 7; fi',
    inputs: { n: { type: 'integer' }, to: { type: 'integer', default: '3' }, bad: { type: 'integer', default: '-1' } },
    outputs: { n: { type: 'integer' }, more: { type: 'boolean' } },
  })
  await component(bed, 'square', {
    command:
      'echo $((${{inputs.x}} * ${{inputs.x}})) > ${{outputs.value}}; echo ${{inputs.x}} > ${{outputs.data}}/x; [ ${{inputs.x}} != 13 ]',
    inputs: { x: { type: 'integer' } },
    outputs: { value: { type: 'integer' }, data: { type: 'uri_folder' } },
  })
}

/** A node that runs version 1 of a component. */
export const step = (name: string, inputs: JsonObject = {}, more: JsonObject = {}): JsonObject => ({
  type: 'command',
  componentId: `azureml:${name}:1`,
  inputs,
  ...more,
})
export const pipeline = (jobs: JsonObject, more: JsonObject = {}): JsonObject => ({
  jobType: 'Pipeline',
  settings: { default_compute: 'azureml:local', force_rerun: true },
  jobs,
  ...more,
})
/** What a step before put out. */
export const bind = (path: string) => `\${{parent.jobs.${path}}}`
