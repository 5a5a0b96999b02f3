import { describe, expect, it } from 'vitest'
import { checkGraph } from './checks/graph.ts'
import type { Issue } from './issue.ts'
import { validateYaml } from './validate.ts'
import { parseYaml } from './yaml.ts'

/** A folder of files in memory: what a checker of real files sees. */
const folder: Record<string, string> = {
  'src/a.py': '',
  'conda.yml': 'name: x\ndependencies: [python=3.10]\n',
  'c.yml': [
    'name: c',
    'type: command',
    'inputs:',
    '  d: {type: uri_folder}',
    '  lr: {type: number, default: 0.1}',
    '  o: {type: string, optional: true}',
    'outputs: {m: {type: mlflow_model}}',
    'command: python a.py ${{inputs.d}} $[[--o ${{inputs.o}}]] ${{outputs.m}}',
    'environment: azureml:e:1',
  ].join('\n'),
  'wrong-expression.yml':
    'name: c\ninputs: {d: {type: uri_folder}}\ncommand: echo ${{inputs.q}}\nenvironment: azureml:e:1',
  'wrong-key.yml': 'name: c\ncommand: echo\nenvironment:\n  image: x\n  imagee: y',
  'shouting.yml': 'name: SHOUT-1\ncommand: echo\nenvironment: azureml:e:1',
  'p.yml': [
    'type: pipeline',
    'name: p',
    'inputs: {x: {type: uri_folder}}',
    'outputs: {y: {type: mlflow_model}}',
    'jobs:',
    "  a: {component: ./c.yml, inputs: {d: '${{parent.inputs.x}}'}, outputs: {m: '${{parent.outputs.y}}'}}",
  ].join('\n'),
  'itself.yml': 'type: pipeline\nname: i\njobs:\n  a: {type: pipeline, component: ./itself.yml, compute: c}',
}

const eyes = {
  include: (path: string) => (folder[path] === undefined ? undefined : parseYaml(folder[path], { file: path })),
  exists: (path: string) => {
    if (folder[path] !== undefined) return 'file' as const
    return path === 'src' || path === '.' ? ('folder' as const) : ('nothing' as const)
  },
}
const check = (kind: string, text: string): Issue[] => validateYaml(kind, parseYaml(text), eyes)
const refusals = (kind: string, text: string) => check(kind, text).filter((i) => i.severity !== 'warning')

const job = 'command: echo\nenvironment: azureml:e:1\n'
const pipeline = 'type: pipeline\ncompute: azureml:c\n'

describe('verdicts of the official client', () => {
  /** [what, kind, file, what the refusal must say; undefined = accepted] */
  const verdicts: [string, string, string, RegExp?][] = [
    ['whole literal', 'job', `${job}inputs: {x: 1}`],
    ['float, boolean and text literals', 'job', `${job}inputs: {x: 1.0, y: true, z: "1", w: {value: 3}}`],
    ['null literal', 'job', `${job}inputs: {x: null}`, /must not be empty/],
    ['list literal', 'job', `${job}inputs: {x: [1]}`, /must be a value or a mapping/],
    ['input with a path only', 'job', `${job}inputs: {x: {path: ./data}}`],
    ['missing local path', 'job', `${job}inputs: {x: {path: ./nowhere, type: uri_file}}`],
    [
      'rw_mount on an input',
      'job',
      `${job}inputs: {x: {path: ./d, mode: rw_mount}}`,
      /must be ro_mount, download, direct/,
    ],
    ['ro_mount on an output', 'job', `${job}outputs: {x: {mode: ro_mount}}`, /rw_mount, mount, upload or direct/],
    ['capital type and mode', 'job', `${job}inputs: {x: {path: ./d, type: URI_FILE, mode: RO_MOUNT}}`],
    [
      'eval_mount on a folder',
      'job',
      `${job}inputs: {x: {path: ./d, type: uri_folder, mode: eval_mount}}`,
      /mode|must be/,
    ],
    ['eval_mount on a table', 'job', `${job}inputs: {x: {path: ./d, type: mltable, mode: eval_mount}}`],
    ['type string in job inputs', 'job', `${job}inputs: {x: {type: string, default: a}}`, /must be uri_file/],
    ['unknown key in an input', 'job', `${job}inputs: {x: {path: ./d, optional: true}}`, /unknown key "optional"/],
    ['outputs of null and {}', 'job', `${job}outputs: {a: null, b: {}}`],
    ['text output in a job', 'job', `${job}outputs: {a: x}`, /must be a mapping/],
    ['environment without prefix', 'job', 'command: x\nenvironment: e:1', /is no reference to a environment/],
    ['environment without version', 'job', 'command: x\nenvironment: azureml:e'],
    [
      'environment of a registry',
      'job',
      'command: x\nenvironment: azureml://registries/r/environments/e/labels/latest',
    ],
    [
      'unknown key in an environment in place',
      'job',
      'command: x\nenvironment: {image: a, foo: 1}',
      /unknown key "foo"/,
    ],
    ['build and image', 'job', 'command: x\nenvironment: {image: a, build: {path: src}}', /not both/],
    [
      'conda_file without image',
      'job',
      'command: x\nenvironment: {conda_file: conda.yml}',
      /is required for environments/,
    ],
    [
      'conda_file that is not there',
      'job',
      'command: x\nenvironment: {image: a, conda_file: nope.yml}',
      /there is no file nope.yml/,
    ],
    ['no command', 'job', 'environment: azureml:e:1', /is required/],
    ['no environment', 'job', 'command: x', /is required/],
    ['code that is not there', 'job', `${job}code: ./nope`, /there is no file or folder nope/],
    ['code behind file:', 'job', `${job}code: file:./src`, /is no folder/],
    ['code from git', 'job', `${job}code: git+https://host/repo`],
    [
      'undeclared input',
      'job',
      'command: echo ${{inputs.z}}\nenvironment: azureml:e:1',
      /does not contain 'z' referenced in command/,
    ],
    ['undeclared optional input', 'job', 'command: echo $[[--z ${{inputs.z}}]]\nenvironment: azureml:e:1'],
    ['input names', 'job', `${job}inputs: {a-b: 1}`, /cannot be a name here/],
    ['input name with a blank', 'job', `${job}inputs: {"a b": 1}`, /cannot be a name here/],
    ['input name with a digit first', 'job', `${job}inputs: {1a: 1}`, /cannot be a name here/],
    ['input name with a dot', 'job', `${job}inputs: {a.b: 1}`, /cannot be a name here/],
    ['output names', 'job', `${job}outputs: {a-b: }`, /cannot be a name here/],
    ['shm_size of any text', 'job', `${job}resources: {shm_size: abc}`],
    ['whole tag', 'job', `${job}tags: {a: 1}`, /must be a text, but is the number 1/],
    ['numbers in environment variables', 'job', `${job}environment_variables: {A: 1, B: true, C: null}`],
    ['capital job type', 'job', `${job}type: Command`, /must be command/],
    ['unknown job type', 'job', `${job}type: commnad`, /must be command/],
    ['capital distribution', 'job', `${job}distribution: {type: PyTorch, process_count_per_instance: 2}`],
    ['unknown distribution', 'job', `${job}distribution: {type: gloo}`, /must be pytorch/],
    ['read-only keys', 'job', `${job}status: Completed\nid: x\ncreation_context: {created_at: x}`],
    ['empty inputs', 'job', `${job}inputs:`, /must not be empty/],
    ['a date where a text must be', 'job', `${job}display_name: 2022-01-01`, /but is a date/],
    ['nodes of a service', 'job', `${job}services: {s: {type: jupyter_lab, nodes: one}}`, /must be all/],
    ['service of any type', 'job', `${job}services: {s: {type: mine, port: 80}}`],
    ['output version without name', 'job', `${job}outputs: {o: {version: 1}}`, /needs a name/],
    ['empty file', 'job', '', /is required/],
    ['unknown key', 'job', `${job}comand: x`, /unknown key "comand"/],

    ['node without compute', 'job', 'type: pipeline\njobs: {a: {component: azureml:c:1}}', /Compute not set/],
    [
      'instance type is no compute',
      'job',
      'type: pipeline\njobs: {a: {component: azureml:c:1, resources: {instance_type: x}}}',
      /Compute not set/,
    ],
    [
      'default compute without prefix',
      'job',
      'type: pipeline\nsettings: {default_compute: c}\njobs: {}',
      /no reference to a compute/,
    ],
    [
      'default compute',
      'job',
      'type: pipeline\nsettings: {default_compute: azureml:c}\njobs: {a: {component: azureml:x:1}}',
    ],
    [
      'serverless default compute',
      'job',
      'type: pipeline\nsettings: {default_compute: serverless}\njobs: {a: {component: azureml:x:1}}',
    ],
    [
      'default datastore without prefix',
      'job',
      `${pipeline}settings: {default_datastore: d}`,
      /no reference to a datastore/,
    ],
    ['unknown settings are kept', 'job', `${pipeline}settings: {foo: 1}`],
    ['no jobs and empty jobs', 'job', `${pipeline}jobs: {}`],
    ['capital node name', 'job', `${pipeline}jobs: {A: {component: azureml:c:1}}`, /cannot be a name here/],
    ['dash in a node name', 'job', `${pipeline}jobs: {a-b: {component: azureml:c:1}}`, /cannot be a name here/],
    ['unknown key beside component', 'job', `${pipeline}jobs: {a: {component: azureml:c:1, b: 1}}`],
    [
      'unknown key in a node in place',
      'job',
      `${pipeline}jobs: {a: {command: x, environment: azureml:e:1, b: 1}}`,
      /unknown key "b"/,
    ],
    [
      'component without prefix',
      'job',
      `${pipeline}jobs: {a: {component: my_comp:1}}`,
      /neither a file nor a reference/,
    ],
    [
      'component without version, @default',
      'job',
      `${pipeline}jobs: {a: {component: azureml:c}, b: {component: azureml:c@default}}`,
    ],
    [
      'component file that is not there',
      'job',
      `${pipeline}jobs: {a: {component: ./nope.yml}}`,
      /there is no file nope.yml/,
    ],
    [
      'component of a wrong type',
      'job',
      `${pipeline}jobs: {a: {type: pipeline, component: ./c.yml}}`,
      /must be pipeline here/,
    ],
    ['type taken from the component', 'job', `${pipeline}jobs: {a: {component: ./p.yml, inputs: {x: {path: d}}}}`],
    ['component whose name breaks the rule', 'job', `${pipeline}jobs: {a: {component: ./shouting.yml}}`],
    [
      'component with a wrong expression',
      'job',
      `${pipeline}jobs: {a: {component: ./wrong-expression.yml, inputs: {d: {path: d}}}}`,
      /Invalid data binding expression: inputs.q/,
    ],
    [
      'required input not given',
      'job',
      `${pipeline}jobs: {a: {component: ./c.yml}}`,
      /Required input 'd' for component 'a' not provided/,
    ],
    [
      'number for data',
      'job',
      `${pipeline}jobs: {a: {component: ./c.yml, inputs: {d: 1}}}`,
      /only path input is supported now/,
    ],
    ['text for a number', 'job', `${pipeline}jobs: {a: {component: ./c.yml, inputs: {d: ./d, lr: abc}}}`],
    [
      'inputs nobody declares',
      'job',
      `${pipeline}jobs: {a: {component: ./c.yml, inputs: {d: ./d, extra: 1}, outputs: {extra: }}}`,
    ],
    [
      'binding without parent',
      'job',
      `${pipeline}jobs: {a: {component: azureml:c:1, inputs: {x: '\${{jobs.b.outputs.c}}'}}}`,
      /has changed to \$\{\{parent.jobs/,
    ],
    [
      'binding to no input',
      'job',
      `${pipeline}jobs: {a: {command: x, environment: azureml:e:1, inputs: {x: '\${{parent.inputs.nope}}'}}}`,
      /top level definition for input binding/,
    ],
    [
      'binding to no node',
      'job',
      `${pipeline}jobs: {a: {command: x, environment: azureml:e:1, inputs: {x: '\${{parent.jobs.nope.outputs.x}}'}}}`,
      /referenced source for input binding/,
    ],
    [
      'binding to no output',
      'job',
      `${pipeline}jobs: {a: {component: ./c.yml, inputs: {d: ./d}}, b: {component: ./c.yml, inputs: {d: '\${{parent.jobs.a.outputs.nope}}'}}}`,
      /referenced source for input binding/,
    ],
    [
      'output bound to no output',
      'job',
      `${pipeline}jobs: {a: {component: ./c.yml, inputs: {d: ./d}, outputs: {m: '\${{parent.outputs.nope}}'}}}`,
      /top level definition for output binding/,
    ],
    [
      'binding to the default artifacts',
      'job',
      `${pipeline}jobs: {a: {component: ./c.yml, inputs: {d: ./d}}, b: {component: ./c.yml, inputs: {d: '\${{parent.jobs.a.outputs.artifacts}}'}}}`,
    ],
    ['grouped pipeline input', 'job', `${pipeline}inputs: {g.x: 1}\njobs: {}`],
    [
      'jobs and component',
      'job',
      `${pipeline}component: ./p.yml\njobs: {a: {component: azureml:c:1}}`,
      /exclude each other/,
    ],
    ['component as the whole graph', 'job', `${pipeline}component: ./p.yml\ninputs: {x: {path: azureml:d:1}}`],
    ['its required input', 'job', `${pipeline}component: ./p.yml`, /Required input 'x' for pipeline not provided/],
    [
      'expression as a number in a node',
      'job',
      `${pipeline}inputs: {t: 1}\njobs: {a: {component: azureml:c:1, limits: {timeout: '\${{parent.inputs.t}}'}}}`,
    ],

    [
      'sweep',
      'job',
      'type: sweep\ntrial: {command: "x ${{search_space.a}}", environment: azureml:e:1}\nsearch_space: {a: {type: choice, values: [1, b]}}\nobjective: {goal: Minimize, primary_metric: m}\nlimits: {max_total_trials: 2}',
    ],
    [
      'boolean choice',
      'job',
      'type: sweep\ntrial: {command: x, environment: azureml:e:1}\nsearch_space: {a: {type: choice, values: [true]}}\nobjective: {goal: minimize, primary_metric: m}\nlimits: {max_total_trials: 2}',
      /values/,
    ],
    [
      'sweep without a limit of trials',
      'job',
      'type: sweep\ntrial: {command: x, environment: azureml:e:1}\nsearch_space: {a: {type: uniform, min_value: 0, max_value: 1}}\nobjective: {goal: minimize, primary_metric: m}\nlimits: {}',
      /is required/,
    ],
    [
      'truncation without a share',
      'job',
      'type: sweep\ntrial: {command: x, environment: azureml:e:1}\nsearch_space: {}\nobjective: {goal: minimize, primary_metric: m}\nlimits: {max_total_trials: 2}\nearly_termination: {type: truncation_selection}',
      /truncation_percentage|is required/,
    ],
    [
      'batch size that is no text',
      'job',
      `${pipeline}jobs: {a: {type: parallel, mini_batch_size: 10, task: {type: run_function, entry_script: a.py, environment: azureml:e:1}}}`,
      /must be a text/,
    ],
    [
      'batch size in bytes',
      'job',
      `${pipeline}jobs: {a: {type: parallel, mini_batch_size: 10kb, task: {type: run_function, entry_script: a.py, environment: azureml:e:1}}}`,
    ],
    ['spark without its settings', 'job', 'type: spark\nentry: {file: a.py}\ncompute: azureml:c', /mandatory fields/],

    ['component without name', 'component', 'command: x\nenvironment: azureml:e:1', /is required/],
    ['component in capitals', 'component', 'name: A\ncommand: x\nenvironment: azureml:e:1', /lower-case letters/],
    ['component with a dash', 'component', 'name: a-b\ncommand: x\nenvironment: azureml:e:1', /lower-case letters/],
    ['unknown key in a component', 'component', 'name: c\ncommand: x\nenvironment: azureml:e:1\nfoo: 1'],
    [
      'inputs that differ in case only',
      'component',
      'name: c\ncommand: x\nenvironment: azureml:e:1\ninputs: {a: {type: string}, A: {type: string}}',
      /differ in case only/,
    ],
    [
      'capital port type',
      'component',
      'name: c\ncommand: x\nenvironment: azureml:e:1\ninputs: {a: {type: URI_FOLDER}}',
      /must be/,
    ],
    [
      'preset that does not parse',
      'component',
      'name: c\ncommand: x\nenvironment: azureml:e:1\ninputs: {a: {type: number, default: abc}}',
      /is no number/,
    ],
    [
      'additional include that is not there',
      'component',
      'name: c\ncommand: x\nenvironment: azureml:e:1\nadditional_includes: [./nope]',
      /Unable to find additional include/,
    ],

    ['data with a missing path', 'data', 'name: d\npath: ./nowhere'],
    ['data without a path', 'data', 'name: d', /is required/],
    ['data of a type in capitals', 'data', 'name: d\npath: x\ntype: URI_FILE', /must be uri_file/],
    ['version without name', 'data', 'version: 1\npath: x', /name must be specified also/],
    ['model without name', 'model', 'path: x', /is required/],
    ['model of an unknown type', 'model', 'name: m\npath: x\ntype: onnx', /must be custom_model/],
    ['environment of nothing', 'environment', 'name: e', /is required for environments/],
    ['a conda file as environment', 'environment', 'name: e\nchannels: [a]\ndependencies: [b]', /is a conda file/],
    ['datastore without type', 'datastore', 'name: d\naccount_name: a\ncontainer_name: c', /is required/],
    [
      'blob datastore',
      'datastore',
      'name: d\ntype: azure_blob\naccount_name: a\ncontainer_name: c\ncredentials: {account_key: k}',
    ],
    [
      'two credentials at once',
      'datastore',
      'name: d\ntype: azure_blob\naccount_name: a\ncontainer_name: c\ncredentials: {account_key: k, sas_token: s}',
      /unknown key/,
    ],
    ['serverless is no compute to create', 'compute', 'name: c\ntype: serverless', /must be amlcompute/],
    ['compute type in capitals', 'compute', 'name: c\ntype: AmlCompute'],
    ['workspace', 'workspace', 'name: main\nlocation: local'],
    ['workspace without name', 'workspace', 'location: local', /is required/],
  ]
  it.each(verdicts)('%s (%s)', (_, kind, text, says) => {
    const found = refusals(kind, text)
    if (says === undefined) expect(found).toEqual([])
    else expect(found.map((i) => `${i.path.join('.')} ${i.message}`).join('\n')).toMatch(says)
  })
})

describe('places', () => {
  it('names line and column of every problem at once, in order', () => {
    const text = 'command: echo\nenvironment: azureml:e:1\ntags:\n  a: 1\ninputs:\n  x: null\ncomand: y\n'
    expect(check('job', text).map((i) => [i.path.join('.'), i.line, i.column])).toEqual([
      ['tags.a', 4, 3],
      ['inputs.x', 6, 3],
      ['comand', 7, 1],
    ])
  })
  it('suggests the name that was meant', () => {
    expect(check('job', `${job}comand: y`)[0]?.hint).toBe('did you mean command?')
    expect(check('job', `${job}inputs: {a: {path: x, type: uri_foldr}}`)[0]?.hint).toBe('did you mean uri_folder?')
  })
  it('puts a missing key at the mapping it is missing from', () => {
    expect(check('job', 'type: command\nenvironment: azureml:e:1\n')[0]).toMatchObject({
      path: ['command'],
      line: 1,
      column: 1,
    })
  })
  it('puts a problem of a component at its place in its own file', () => {
    const issues = check('job', `${pipeline}jobs:\n  a:\n    component: ./wrong-key.yml\n    comment: 1\n`)
    expect(issues).toEqual([
      expect.objectContaining({ path: ['jobs', 'a', 'comment'], line: 6, column: 5 }),
      expect.objectContaining({ file: 'wrong-key.yml', path: ['environment', 'imagee'], line: 5, column: 3 }),
    ])
  })
  it('reports a broken file once, with its place', () => {
    expect(check('job', 'a: [1')).toEqual([expect.objectContaining({ line: 1 })])
    expect(check('job', '- 1')).toEqual([
      expect.objectContaining({ message: expect.stringContaining('must be a mapping'), line: 1 }),
    ])
  })
})

describe('what no run survives', () => {
  const cycle = `${pipeline}jobs:\n  a: {component: azureml:c:1, inputs: {x: '\${{parent.jobs.b.outputs.o}}'}}\n  b: {component: azureml:c:1, inputs: {x: '\${{parent.jobs.a.outputs.o}}'}}\n`
  it('a cycle is a warning here, since the official client lets it through', () => {
    expect(check('job', cycle)).toEqual([
      expect.objectContaining({
        severity: 'warning',
        message: expect.stringContaining('wait for each other'),
        line: 4,
      }),
    ])
  })
  it('and a refusal where pipelines are admitted', () => {
    const { value } = parseYaml(cycle)
    expect(checkGraph(value as never)).toEqual([
      expect.objectContaining({ path: ['jobs', 'a'], message: expect.stringContaining('a → b → a') }),
    ])
    const self = {
      jobs: { a: { inputs: { x: { job_input_type: 'literal', value: '${{parent.jobs.a.outputs.o}}' } } } },
    }
    expect(checkGraph(self)[0]?.message).toMatch(/waits for itself/)
    expect(checkGraph({ jobs: { a: { inputs: { x: '${{parent.jobs.zz.outputs.o}}' } } } })[0]?.message).toMatch(
      /does not exist/,
    )
  })
  it('long chains and wide graphs are judged without recursion', () => {
    const jobs = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, i) => [`n${i}`, { inputs: { x: `\${{parent.jobs.n${i + 1}.outputs.o}}` } }]),
    )
    expect(checkGraph({ jobs }).map((i) => i.message)).toEqual([expect.stringContaining("waits for 'n20000'")])
  })
  it('a component that includes itself ends', () => {
    const messages = check('job', `${pipeline}jobs: {a: {type: pipeline, component: ./itself.yml}}`).map(
      (i) => i.message,
    )
    expect(messages.join()).toMatch(/include itself/)
  })
  it('a key nobody knows beside a component is warned about', () => {
    expect(
      check('job', `${pipeline}jobs: {a: {component: azureml:c:1, compte: x, display_name: d, tags: {a: b}}}`),
    ).toEqual([
      expect.objectContaining({ severity: 'warning', path: ['jobs', 'a', 'compte'], hint: 'did you mean compute?' }),
    ])
  })
  it('an input with blanks inside its braces is warned about', () => {
    expect(check('job', 'command: echo ${{ inputs.z }}\nenvironment: azureml:e:1')).toEqual([
      expect.objectContaining({ severity: 'warning', message: expect.stringContaining("'z'") }),
    ])
  })
})

describe('hostile files', () => {
  it('keys that objects inherit are keys like others', () => {
    const text = `${job}inputs: {__proto__: 1, constructor: 2, toString: 3, hasOwnProperty: 4}\ntags: {__proto__: x, constructor: y}\n__proto__: {a: 1}\n`
    expect(check('job', text).map((i) => i.path)).toEqual([['__proto__']])
    expect(({} as Record<string, unknown>).a).toBeUndefined()
    const nodes = `${pipeline}inputs: {constructor: 1}\njobs: {constructor: {component: azureml:c:1, inputs: {x: '\${{parent.inputs.constructor}}'}}, a: {component: azureml:c:1, inputs: {x: '\${{parent.jobs.constructor.outputs.o}}', y: '\${{parent.inputs.toString}}'}}}`
    expect(check('job', nodes).map((i) => i.message)).toEqual([expect.stringContaining('${{parent.inputs.toString}}')])
  })
  it('types that objects inherit are no types', () => {
    expect(refusals('job', `${job}type: constructor`)).not.toEqual([])
    expect(refusals('job', `${pipeline}jobs: {a: {type: __proto__}}`)).not.toEqual([])
  })
  it('a thousand problems are enough', () => {
    const text = `${job}${Array.from({ length: 5000 }, (_, i) => `k${i}: 1`).join('\n')}`
    expect(check('job', text).length).toBeLessThanOrEqual(1000)
  })
  it('unknown kinds are said to be unknown', () =>
    expect(check('nonsense', 'a: 1')[0]?.message).toMatch(/no kind named/))
})
