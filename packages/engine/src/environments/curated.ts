/**
 * The environments Azure ML publishes, and what their names mean here: a Python and the packages that matter, by general
 * knowledge of those images. Their definitions are not ours to copy and their system libraries are not installed.
 */

export interface Curated {
  /** Canonical name, e.g. `sklearn-1.5`. */
  name: string
  /** Condition on the Python version. */
  python?: string
  /** Lines for pip. */
  packages: string[]
  /** True for the machine's own Python, without any build. */
  host?: boolean
  /** What of the published environment is not here. */
  lacks: string[]
  /** Nobody here has heard of the name. */
  unknown?: boolean
}

const common = ['numpy', 'pandas', 'scipy', 'matplotlib', 'joblib', 'mlflow', 'psutil', 'tqdm']
const server = ['azureml-inference-server-http']
const gpu = 'GPU libraries of the image (CUDA, NCCL); GPUs work as far as the packages bring their own'
const sdk = 'azureml-core and the other v1 packages'

interface Rule {
  name: RegExp
  make(m: RegExpExecArray): Omit<Curated, 'name'>
}

const dotted = (digits: string) => `${digits.slice(0, 1)}.${digits.slice(1)}`

const rules: Rule[] = [
  { name: /^host$/, make: () => ({ packages: [], host: true, lacks: [] }) },
  {
    name: /^sklearn-(\d+\.\d+)/,
    make: ([, version = '']) => {
      const old = version.startsWith('0.') || ['1.0', '1.1', '1.2'].includes(version)
      const pins = old ? ['numpy<2', 'pandas<2'] : ['numpy~=1.23', 'pandas~=1.5']
      return {
        python: version.startsWith('0.') ? '3.8' : old ? '3.9' : '3.10',
        packages: [`scikit-learn~=${version}.0`, ...pins, ...common.filter((p) => p !== 'numpy' && p !== 'pandas')],
        lacks: [sdk],
      }
    },
  },
  {
    name: /^(?:acpt-)?pytorch-(\d+\.\d+)/,
    make: ([, version = '']) => ({
      python: version.startsWith('1.') ? '3.8' : '3.10',
      packages: [`torch~=${version}.0`, 'torchvision', 'torchaudio', 'scikit-learn', 'tensorboard', ...common],
      lacks: [gpu, 'DeepSpeed, ONNX Runtime Training and Nebula', sdk],
    }),
  },
  {
    name: /^acpt_?-?nebula|^acpt/,
    make: () => ({
      python: '3.10',
      packages: ['torch', 'torchvision', 'scikit-learn', 'tensorboard', ...common],
      lacks: [gpu, 'DeepSpeed, ONNX Runtime Training and Nebula', sdk],
    }),
  },
  {
    name: /^tensorflow-(\d+\.\d+)/,
    make: ([, version = '']) => ({
      python: Number(version.split('.')[1]) < 11 ? '3.8' : '3.10',
      packages: [`tensorflow~=${version}.0`, 'scikit-learn', 'tensorboard', ...common],
      lacks: [gpu, 'Horovod', sdk],
    }),
  },
  {
    name: /^lightgbm-(\d+\.\d+)/,
    make: ([, version = '']) => ({
      python: '3.8',
      packages: [`lightgbm~=${version}.0`, 'xgboost', 'scikit-learn', 'dask', ...common],
      lacks: [sdk],
    }),
  },
  {
    name: /^mlflow-py(\d+)-inference/,
    make: ([, digits = '']) => ({
      python: dotted(digits),
      packages: [...server, 'mlflow', 'numpy', 'pandas', 'scikit-learn', 'cloudpickle'],
      lacks: [],
    }),
  },
  {
    name: /^minimal-(?:ubuntu[\d.]+-)?py(\d+)-/,
    make: ([, digits = '']) => ({
      python: dotted(digits),
      packages: server,
      lacks: digits.includes('cuda') ? [gpu] : [],
    }),
  },
  {
    name: /^(?:ai-ml-)?automl/,
    make: () => ({
      python: '3.10',
      packages: ['scikit-learn', 'lightgbm', 'xgboost', 'statsmodels', ...common],
      lacks: ['the AutoML packages, which are parts of the Azure service', sdk],
    }),
  },
  { name: /^spark-(\d+)\.(\d+)/, make: ([, major = '', minor = '']) => sparkOf(Number(major), Number(minor)) },
  {
    name: /^model-evaluation$/,
    make: () => ({
      python: '3.10',
      packages: ['scikit-learn', 'evaluate', ...common],
      lacks: ['the model evaluation packages, which are parts of the Azure service', sdk],
    }),
  },
  {
    name: /^responsibleai-/,
    make: () => ({
      python: '3.10',
      packages: ['responsibleai', 'raiutils', 'scikit-learn', 'lightgbm', 'xgboost', ...common],
      lacks: ['the packages that write dashboards into the Azure service', sdk],
    }),
  },
]

/** PySpark with the packages around it of its time. */
function sparkOf(major: number, minor: number): Omit<Curated, 'name'> {
  const old = major < 4
  const aged = major === 3 && minor < 5
  return {
    python: old ? (aged ? '3.10' : '3.11') : '3.12',
    packages: [
      `pyspark~=${major}.${minor}.0`,
      aged ? 'pandas~=1.5' : old ? 'pandas<3' : 'pandas>=2.2',
      ...[old ? 'numpy<2' : 'numpy', old ? 'pyarrow<20' : 'pyarrow', 'scipy', 'mlflow-skinny'],
    ],
    lacks: ['the other packages and jars of the Synapse runtime'],
  }
}

/**
 * The names that a list shows: those of the published set that people's files use, with the versions these files name.
 * Any other version of them, and any other name that a rule above knows, is found as well.
 */
export const curatedCatalog: readonly { name: string; versions: readonly string[] }[] = [
  ...['sklearn-1.0', 'sklearn-1.1', 'sklearn-1.5'],
  ...['acpt-pytorch-1.13-cuda11.7', 'acpt-pytorch-2.2-cuda12.1', 'acpt-pytorch-2.8-cuda12.6', 'ACPT_Nebula'],
  ...['tensorflow-2.16-cuda11', 'tensorflow-2.16-cuda12', 'lightgbm-3.3'],
  ...['AutoML', 'ai-ml-automl', 'ai-ml-automl-dnn', 'ai-ml-automl-dnn-gpu'],
  ...['minimal-py311-inference', 'minimal-py312-inference', 'minimal-py312-cuda12.4-inference'],
  ...['mlflow-py312-inference', 'host'],
]
  .map((name): { name: string; versions: string[] } => ({ name, versions: ['1'] }))
  .concat([
    { name: 'model-evaluation', versions: ['6', '24'] },
    { name: 'responsibleai-tabular', versions: ['28'] },
  ])

/** True for a name that is reserved for environments Azure ML publishes. */
export function isCuratedName(name: string): boolean {
  return /^azureml-/i.test(name)
}

/**
 * What a curated name means, with or without the `AzureML-` in front. A name nobody here has heard of still is one: it
 * means nothing but a Python, and says so.
 */
export function curatedOf(name: string): Curated {
  const bare = name.replace(/^azureml-/i, '').toLowerCase()
  for (const rule of rules) {
    const m = rule.name.exec(bare)
    if (m) return { name: bare, ...rule.make(m) }
  }
  return {
    name: bare,
    packages: [],
    host: true,
    unknown: true,
    lacks: [`everything but Python: what ${name} holds is not known here`],
  }
}
