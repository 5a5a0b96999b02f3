import { describe, expect, test } from 'vitest'
import { readConda, readCondition } from './conda.ts'
import { curatedOf, isCuratedName } from './curated.ts'
import { pythonOfImage } from './definition.ts'
import { compareWith } from './host.ts'
import { readFailure } from './install.ts'
import { meets, readRequirement } from './requirement.ts'
import { hideSecrets } from './tool.ts'

const conda = (dependencies: string[]) =>
  readConda(`dependencies:\n${dependencies.map((d) => `  - ${JSON.stringify(d)}\n`).join('')}`)

describe('a conda file', () => {
  test('is a Python and a list of requirements', () => {
    const read = readConda(`
name: train-env
channels: [conda-forge, defaults]
dependencies:
  - python=3.10.*
  - pip=21.2.4
  - numpy=1.21
  - conda-forge::scikit-learn>=1.0,<1.3
  - pip:
    - mlflow==2.4.1  # why
    - --extra-index-url https://example.com/simple
    - azureml-mlflow
variables:
  SEED: 42
`)
    expect(read).toEqual({
      name: 'train-env',
      python: '==3.10.*',
      requirements: [
        'numpy==1.21.*',
        'scikit-learn>=1.0,<1.3',
        'mlflow==2.4.1',
        '--extra-index-url https://example.com/simple',
        'azureml-mlflow',
      ],
      variables: { SEED: '42' },
      warnings: [],
    })
  })

  test.each([
    ['', ''],
    ['*', ''],
    ['=1.21', '==1.21.*'],
    ['=1.21.*', '==1.21.*'],
    ['==1.21', '==1.21'],
    ['=1.21.2=py38h6c91a56_0', '==1.21.2'],
    ['1.21.2', '==1.21.2'],
    ['1.21.*', '==1.21.*'],
    ['1.21.2 py38_0', '==1.21.2'],
    ['>=1.0,<2', '>=1.0,<2'],
    ['>=1.0, <2.0a0', '>=1.0,<2.0a0'],
    ['>=1.2.*', '>=1.2'],
    ['!=1.5', '!=1.5'],
    ['~=1.4', '~=1.4'],
    ['=1.0,!=1.0.3', '==1.0.*,!=1.0.3'],
    ['1.0|1.2', undefined],
  ])('condition %j is %j to pip', (given, expected) => expect(readCondition(given)).toBe(expected))

  test.each([
    ['pytorch=2.1', ['torch==2.1.*'], /torch/],
    ['opencv', ['opencv-python'], /opencv-python/],
    ['py-xgboost=1.3.3=py38_0', ['xgboost==1.3.3'], /xgboost/],
    ['matplotlib-base', ['matplotlib'], /matplotlib/],
    ['cudatoolkit=11.3', [], /cudatoolkit is left out/],
    ['openmpi', [], /openmpi is left out/],
    ['r-base=4.1', [], /r-base is left out/],
    ['libgcc-ng', [], /libgcc-ng is left out/],
    ['mkl', [], /mkl is left out/],
    ['numpy=1.18|1.20', ['numpy'], /any version/],
  ])('%s becomes %j and says so', (dependency, requirements, warning) => {
    const read = conda([dependency])
    expect(read.requirements).toEqual(requirements)
    expect(read.warnings.join('\n')).toMatch(warning)
  })

  test.each(['librosa', 'libcst', 'mpi4py', 'pyarrow', 'gitpython', 'rich', 'protobuf', 'mkl-service'])(
    '%s is a Python package like any other',
    (name) => expect(conda([name])).toMatchObject({ requirements: [name], warnings: [] }),
  )

  test("version='…' in brackets", () => {
    expect(conda(["numpy[version='>=1.20,<2']"]).requirements).toEqual(['numpy>=1.20,<2'])
    expect(conda(['python >=3.8,<3.11']).python).toBe('>=3.8,<3.11')
  })

  test('includes are put in their place, when they are at hand', () => {
    const text = 'dependencies:\n  - pip:\n    - -r requirements.txt\n    - b\n'
    const include = (path: string) =>
      path === 'requirements.txt'
        ? 'a==1 \\\n  ; python_version>"3"\n\n# no\n-r more.txt'
        : path === 'more.txt'
          ? 'c'
          : undefined
    expect(readConda(text, { include }).requirements).toEqual(['a==1    ; python_version>"3"', 'c', 'b'])
    expect(() => readConda(text)).toThrow(/requirements\.txt/)
  })

  test('includes that include themselves end', () => {
    expect(() => readConda('dependencies:\n  - pip: [-r a]\n', { include: () => '-r a' })).toThrow(/includes a/)
  })

  test.each([
    ['just text', /no mapping/],
    ['dependencies: [', /no YAML/],
    ['dependencies:\n  - pip: ["-e ."]\n', /folder or file/],
    ['dependencies:\n  - pip: ["/etc/passwd"]\n', /folder or file/],
    ['dependencies:\n  - pip: ["x @ file:///etc/x.whl"]\n', /folder or file/],
    ['dependencies:\n  - pip: ["./local"]\n', /folder or file/],
    ['dependencies:\n  - pip: ["-c /etc/passwd"]\n', /the option/],
    ['dependencies:\n  - pip: ["--requir=/etc/passwd"]\n', /the option/],
    ['dependencies:\n  - pip: ["--constraint=/etc/passwd"]\n', /the option/],
    ['dependencies:\n  - pip: ["--edit=."]\n', /the option/],
    ['dependencies:\n  - pip: ["six\\n--constraint /etc/passwd"]\n', /the option/],
    ['dependencies:\n  - pip: ["six\\e[31m"]\n', /control characters/],
    ['dependencies:\n  - "six; touch x"\n', /cannot be understood/],
    ['dependencies:\n  - "$(touch x)"\n', /no package/],
    ['dependencies:\n  - 5\n', /neither a package/],
  ])('refused: %j', (text, why) => {
    expect(() => readConda(text)).toThrow(why)
    expect(() => readConda(text)).toThrow(expect.objectContaining({ code: 'EnvironmentFailed' }))
  })
})

describe('versions', () => {
  test.each([
    ['3.10.13', '3.10', true],
    ['3.1.0', '3.10', false],
    ['3.10.13', '==3.10.*', true],
    ['3.10.13', '==3.10', false],
    ['3.10.13', '>=3.8,<3.11', true],
    ['3.11.0', '>=3.8,<3.11', false],
    ['1.5.9', '~=1.5.0', true],
    ['1.6.0', '~=1.5.0', false],
    ['1.6.0', '~=1.5', true],
    ['2.0', '!=2.0', false],
    ['2.0.1', '!=2.*', false],
    ['2.0.0rc1', '>=2', true],
    ['2', '<=2.0.0', true],
    ['1', '', true],
  ])('%s meets %j: %s', (version, condition, expected) => expect(meets(version, condition)).toBe(expected))

  test.each([
    [
      'Scikit_Learn [a,b] >= 1.0 ; python_version < "4"  # c',
      { name: 'Scikit_Learn', key: 'scikit-learn', condition: '>=1.0' },
    ],
    ['torch', { name: 'torch', key: 'torch', condition: '' }],
    ['-r x', undefined],
    ['git+https://example.com/x', undefined],
    ['a b c', undefined],
  ])('%j', (line, expected) => expect(readRequirement(line)).toEqual(expected))

  test('what is missing, and what is there in another version', () => {
    const packages = new Map([
      ['scikit-learn', '1.2.1'],
      ['numpy', '1.26.0'],
    ])
    expect(compareWith(packages, ['scikit-learn~=1.5.0', 'numpy~=1.23', 'mlflow', '--pre'])).toEqual({
      missing: ['mlflow'],
      other: ['scikit-learn 1.2.1 instead of ~=1.5.0'],
    })
  })
})

describe('names', () => {
  test.each([
    ['AzureML-sklearn-1.5', 'sklearn-1.5', '3.10', 'scikit-learn~=1.5.0'],
    ['sklearn-1.1', 'sklearn-1.1', '3.9', 'scikit-learn~=1.1.0'],
    ['acpt-pytorch-2.8-cuda12.6', 'acpt-pytorch-2.8-cuda12.6', '3.10', 'torch~=2.8.0'],
    ['AzureML-tensorflow-2.16-cuda12', 'tensorflow-2.16-cuda12', '3.10', 'tensorflow~=2.16.0'],
    ['lightgbm-3.3', 'lightgbm-3.3', '3.8', 'lightgbm~=3.3.0'],
    ['minimal-py312-inference', 'minimal-py312-inference', '3.12', 'azureml-inference-server-http'],
    ['mlflow-py312-inference', 'mlflow-py312-inference', '3.12', 'mlflow'],
    ['responsibleai-tabular', 'responsibleai-tabular', '3.10', 'responsibleai'],
    ['model-evaluation', 'model-evaluation', '3.10', 'scikit-learn'],
    ['AzureML-AutoML', 'automl', '3.10', 'lightgbm'],
    ['AzureML-ACPT_Nebula', 'acpt_nebula', '3.10', 'torch'],
  ])('%s', (given, name, python, one) => {
    const curated = curatedOf(given)
    expect(curated).toMatchObject({ name, python })
    expect(curated.packages).toContain(one)
    // every line is one pip understands
    for (const line of curated.packages) expect(readRequirement(line), line).toBeDefined()
  })

  test('host, and a name nobody knows', () => {
    expect(curatedOf('host')).toMatchObject({ host: true, packages: [], lacks: [] })
    expect(curatedOf('AzureML-Something-New')).toMatchObject({
      host: true,
      lacks: [expect.stringContaining('Something-New')],
    })
    expect([isCuratedName('AzureML-x'), isCuratedName('azureml-x'), isCuratedName('my-env')]).toEqual([
      true,
      true,
      false,
    ])
  })

  test.each([
    ['library/python:3.11.6', '3.11.6'],
    ['docker.io/python:3.10-slim', '3.10'],
    ['python:latest', undefined],
    ['python', undefined],
    ['mcr.microsoft.com/azureml/minimal-py312-inference:latest', '3.12'],
    ['mcr.microsoft.com/azureml/minimal-ubuntu20.04-py38-cpu-inference', '3.8'],
    ['mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04', undefined],
  ])('the Python of %s is %s', (image, expected) => expect(pythonOfImage(image)).toBe(expected))
})

describe('what installers say', () => {
  test.each([
    [
      'ERROR: Could not find a version that satisfies the requirement nosuch==9 (from versions: none)\nERROR: No matching distribution found for nosuch==9',
      'nosuch==9',
      /no version/,
    ],
    ["ERROR: Invalid requirement: 'foo bar'", 'foo bar', /no requirement/],
    [
      'ERROR: Cannot install a==1 and b==2 because these package versions have conflicting dependencies.',
      'a==1 and b==2',
      /contradict/,
    ],
    ['  ERROR: Failed building wheel for lxml\nFailed to build lxml', 'lxml', /compiled/],
    [
      '  × No solution found when resolving dependencies:\n  ╰─▶ Because nosuch was not found in the package registry and you require nosuch==9',
      'nosuch',
      /no index/,
    ],
    [
      '  × No solution found:\n  ╰─▶ Because there is no version of numpy==99 and you require numpy==99',
      'numpy==99',
      /no version/,
    ],
    [
      'error: No solution found when resolving dependencies\n  cause: Because you require six==1.0 and six==1.16.0, we can conclude',
      'six==1.0 and six==1.16.0',
      /contradict/,
    ],
    [
      'error: Request failed after 3 retries\n  cause: Failed to fetch: http://127.0.0.1:9/simple/six/\n',
      'six',
      /reached/,
    ],
    ['Collecting old-thing\n  error: subprocess-exited-with-error\n', 'old-thing>=1', /subprocess/],
  ])('%j', (output, name, why) => {
    const failure = readFailure(output, ['old-thing>=1'])
    expect(failure.package).toBe(name)
    expect(failure.why).toMatch(why)
  })

  test('says which Python other versions need', () => {
    const output =
      'ERROR: Ignored the following versions that require a different python version: 1.21.2 Requires-Python >=3.7,<3.11; 1.21.3 Requires-Python >=3.7,<3.11\nERROR: Could not find a version that satisfies the requirement numpy==1.21.2 (from versions: 1.3.0)'
    expect(readFailure(output, []).why).toContain('need Python >=3.7,<3.11')
  })

  test('passwords of package indexes are not repeated', () => {
    expect(hideSecrets('Looking in indexes: https://me:pass@example.com/simple')).toBe(
      'Looking in indexes: https://****@example.com/simple',
    )
  })
})

test('packages of conda that were built for NumPy 1 hold it below 2, unless the file says which', () => {
  const read = (...lines: string[]) => readConda(`dependencies:\n${lines.map((line) => `- ${line}\n`).join('')}`)
  expect(read('scikit-learn=1.2.2', 'numpy').requirements).toContain('numpy<2')
  expect(read('scikit-learn=1.2.2', 'numpy').warnings.join()).toMatch(/scikit-learn.*built for NumPy 1/)
  expect(read('scikit-learn=1.2.2', 'numpy=1.24').requirements).not.toContain('numpy<2')
  expect(read('scikit-learn=1.7.0', 'numpy').requirements).not.toContain('numpy<2')
})
