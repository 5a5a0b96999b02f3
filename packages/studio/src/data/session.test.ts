import { expect, test } from 'vitest'
import { readBase, workspacePath } from './session.ts'

const a = { subscription: 's', resourceGroup: 'one', workspace: 'Lab' }
const b = { subscription: 's', resourceGroup: 'two', workspace: 'lab' }
const c = { subscription: 's', resourceGroup: 'one', workspace: 'main' }

test('an address names a workspace by its name, and by its group too where two have the same', () => {
  expect(workspacePath({ workspaces: [a, c] }, a)).toBe('/w/lab')
  expect(workspacePath({ workspaces: [a, b, c] }, b)).toBe('/w/two~lab')
  expect(readBase('/w/two~lab/jobs/x')).toBe('two~lab')
  expect(readBase('/jobs')).toBeUndefined()
})
