import { expect, test } from 'vitest'
import { environmentFields, packagesOf, readPackage } from './packages.ts'

test('packages are read as conda and pip write them', () => {
  expect(
    ['numpy=1.26=py_0', 'conda-forge::pip', 'Scikit_Learn~=1.5 # why', 'torch[x]>=2,<3', '--pre', ''].map(readPackage),
  ).toEqual([
    ['numpy', '=1.26=py_0'],
    ['pip', 'any'],
    ['scikit-learn', '~=1.5'],
    ['torch[x]', '>=2,<3'],
    undefined,
    undefined,
  ])
  expect(packagesOf('dependencies:\n  - python=3.11\n  - pip:\n      - mlflow==2.1\n')).toEqual({
    python: '=3.11',
    mlflow: '==2.1',
  })
  expect(packagesOf(': : [')).toEqual({})
})

test('an environment is told in sections', () => {
  expect(
    environmentFields({ image: 'python:3.11', osType: 'Linux' }, { how: 'host', layers: ['a'], hash: null }),
  ).toEqual({
    Definition: { image: 'python:3.11', system: 'Linux' },
    Packages: {},
    'As it was here': { how: 'host', layers: 'a' },
  })
})
