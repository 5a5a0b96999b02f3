import { describe, expect, test } from 'vitest'
import { likelyCause } from './causes.ts'

const said = (log: string, message = "Execution failed. User process 'python' exited with status code 1.") =>
  likelyCause({ message }, log)

const traceback = (file: string, last: string) => `starting
Traceback (most recent call last):
  File "/home/me/.lazurite/runs/${'0a'.repeat(16)}/wd/${file}", line 12, in <module>
    main()
  File "/home/me/.lazurite/runs/${'0a'.repeat(16)}/wd/${file}", line 7, in main
    x = load()
  File "/usr/lib/python3.11/json/__init__.py", line 346, in loads
    return _default_decoder.decode(s)
${last}
`

describe('the likely cause', () => {
  test.each([
    ["ModuleNotFoundError: No module named 'sklearn'", 'module-missing', 'sklearn'],
    ["ImportError: cannot import name 'Foo' from 'bar' (/x/bar.py)", 'import-mismatch', 'bar'],
    [
      'ImportError: libGL.so.1: cannot open shared object file: No such file or directory',
      'library-missing',
      'libGL.so.1',
    ],
    ["python: can't open file '/x/wd/train.py': [Errno 2] No such file or directory", 'script-missing', 'train.py'],
    ['bash: line 1: pyhton: command not found', 'command-missing', 'pyhton'],
    ['/bin/sh: 1: nvcc: not found', 'command-missing', 'nvcc'],
    ['train.py: error: unrecognized arguments: --lr 3', 'arguments-unknown', '--lr 3'],
    ['train.py: error: the following arguments are required: --data', 'arguments-missing', '--data'],
    ["train.py: error: argument --lr: invalid float value: 'x'", 'argument-invalid', '--lr'],
    ['torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB', 'gpu-memory', 'GPU'],
    ['RuntimeError: Found no NVIDIA driver on your system.', 'gpu-missing', 'GPU'],
    ['numpy.core._exceptions.MemoryError: Unable to allocate 30 GiB', 'memory', 'memory'],
    ['OSError: [Errno 28] No space left on device', 'disk-full', 'disk'],
    ['requests.exceptions.ConnectionError: Max retries exceeded with url: /x', 'network', 'reach'],
    ['OSError: [Errno 98] Address already in use', 'port-taken', 'port'],
    ["FileNotFoundError: [Errno 2] No such file or directory: 'data/x.csv'", 'file-missing', 'data/x.csv'],
    ["PermissionError: [Errno 13] Permission denied: '/etc/x'", 'file-forbidden', '/etc/x'],
    ['bash: line 1: ./run.sh: Permission denied', 'not-executable', './run.sh'],
    ["KeyError: 'WANDB_API_KEY'", 'variable-missing', 'WANDB_API_KEY'],
    ["KeyError: 'petal width'", 'column-missing', 'petal width'],
    ['ValueError: Input X contains NaN.', 'data-nan', 'missing'],
    ['RuntimeError: mat1 and mat2 shapes cannot be multiplied (3x4 and 5x6)', 'data-shape', 'shapes'],
    ['SyntaxError: invalid syntax', 'syntax', 'invalid syntax'],
    ['Segmentation fault (core dumped)', 'crashed', 'crashed'],
    ['ERROR: No matching distribution found for nosuch==1.0', 'package-missing', 'nosuch==1.0'],
    ['ValueError: something of their own', 'exception', 'ValueError: something of their own'],
    ['Exception: collection model_inputs is not enabled, drop the data', 'collection-off', 'data_collector'],
    ['Exception: custom logging is not enabled, drop the data', 'collection-off', 'data_collector'],
    ['Exception: plainly raised', 'exception', 'Exception: plainly raised'],
  ])('of %s', (line, name, word) => {
    const cause = said(traceback('train.py', line))
    expect(cause).toMatchObject({ name, what: expect.stringContaining(word), where: 'train.py:7 in main' })
    expect(cause?.hint.length).toBeGreaterThan(10)
  })

  test('is that of the last error, and the most telling one', () => {
    const log = `${traceback('a.py', "FileNotFoundError: [Errno 2] No such file or directory: 'one'")}
During handling of the above exception, another exception occurred:

${traceback('b.py', "FileNotFoundError: [Errno 2] No such file or directory: 'two'")}`
    expect(said(log)).toMatchObject({ what: 'The file two is not there.', where: 'b.py:7 in main' })
  })

  test('is read from the error where there is no log', () => {
    expect(said('', 'The process was ended by signal SIGKILL. (exit code 137)')).toMatchObject({ name: 'killed' })
    expect(said('', 'The process was ended by signal SIGSEGV.')).toMatchObject({ name: 'crashed' })
  })

  test('is not made up', () => {
    expect(said('epoch 1\nepoch 2\nall is well\nvalue not found in cache, going on\n')).toBeUndefined()
    expect(said('')).toBeUndefined()
  })

  test('takes no time on a log made to be slow', () => {
    const long = `${'a'.repeat(30_000)}: ${'File "'.repeat(3000)}\n`
    const from = performance.now()
    said(long.repeat(2))
    expect(performance.now() - from).toBeLessThan(1000)
  })
})
