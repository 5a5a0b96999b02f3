import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { whatItSaid } from './said.ts'

const folder = mkdtempSync(join(tmpdir(), 'laz-said-'))
const file = join(folder, 'log')
afterEach(() => rmSync(file, { force: true }))

const raised = `Traceback (most recent call last):
  File "/e/lib/python3.12/site-packages/azureml_inference_server_http/server/user_script.py", line 77, in load_script
    main_module_spec.loader.exec_module(user_module)
  File "/home/serving/9732/revision-aec403f0fae4/code/deep/score.py", line 6, in init
    raise ValueError("no weights")
ValueError: no weights
`
const wrapped = `
The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/e/lib/python3.12/site-packages/azureml_inference_server_http/server/user_script.py", line 79, in load_script
    raise UserScriptImportException(ex) from ex
azureml_inference_server_http.server.user_script.UserScriptImportException: Failed to import user script
`

test('what the script raised is told, and not what its server made of it', () => {
  writeFileSync(file, `Starting\n${raised}${wrapped}\nWorker exiting\n`)
  const said = whatItSaid(file)
  expect(said).toMatch(/^\. The code raised ValueError: no weights \(deep\/score\.py:6 in init\) /)
  expect(said).toMatch(/ValueError: no weights$/)
  // an exception of the script's own that has a cause is left as it is
  writeFileSync(file, raised + wrapped.replaceAll('azureml_inference_server_http.server.user_script.', 'mine.'))
  expect(whatItSaid(file)).toMatch(/^\. The code raised mine\.UserScriptImportException/)
})

test('a log that says nothing adds nothing', () => {
  expect(whatItSaid(file)).toBe('')
  writeFileSync(file, 'one\ntwo\n')
  expect(whatItSaid(file)).toBe('. It said last:\none\ntwo')
  rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
})
