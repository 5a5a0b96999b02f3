import { describe, expect, test } from 'vitest'
import { algorithmsOf, landmarksOf, recipeOf, type Task, type Tried } from './recipes.ts'

const tasks: Task[] = ['classification', 'regression', 'forecasting']

describe('recipes', () => {
  test.each(tasks)('%s: landmarks first, each algorithm among them', (task) => {
    const all = algorithmsOf(task)
    const landmarks = landmarksOf(task, all)
    expect(new Set(landmarks.map(({ algorithm }) => algorithm))).toEqual(new Set(all))
    expect(landmarks.map((_, number) => recipeOf(task, all, { number, tried: [] }))).toEqual(landmarks)
  })

  test.each(tasks)('%s: the same number and history give the same recipe, another number another', (task) => {
    const all = algorithmsOf(task)
    const tried: Tried[] = all.map((algorithm, i) => ({ algorithm, score: i }))
    const made = Array.from({ length: 200 }, (_, i) => recipeOf(task, all, { number: 100 + i, tried }))
    const again = Array.from({ length: 200 }, (_, i) => recipeOf(task, all, { number: 100 + i, tried }))
    expect(again).toEqual(made)
    expect(new Set(made.map((recipe) => JSON.stringify(recipe))).size).toBeGreaterThan(150)
  })

  test('only what is allowed is tried, and most of the time what did best', () => {
    const allowed = ['lightgbm', 'logisticregression', 'knn', 'sgd', 'decisiontree']
    const tried: Tried[] = allowed.map((algorithm, i) => ({ algorithm, score: 1 - i / 10 }))
    const names = Array.from({ length: 300 }, (_, i) => recipeOf('classification', allowed, { number: 50 + i, tried }))
    const counts = new Map<string, number>()
    for (const recipe of names) counts.set(recipe?.algorithm ?? '', (counts.get(recipe?.algorithm ?? '') ?? 0) + 1)
    expect([...counts.keys()].sort()).toEqual([...allowed].sort())
    expect(
      (counts.get('lightgbm') ?? 0) + (counts.get('logisticregression') ?? 0) + (counts.get('knn') ?? 0),
    ).toBeGreaterThan(220)
  })

  test('models that cannot be varied are tried once', () => {
    const fixed = ['naive', 'average']
    expect(recipeOf('forecasting', fixed, { number: 1, tried: [] })?.algorithm).toBe('average')
    expect(recipeOf('forecasting', fixed, { number: 2, tried: [] })).toBeUndefined()
  })

  test('naive Bayes of counts gets nothing below zero', () => {
    const made = Array.from({ length: 20 }, (_, i) =>
      recipeOf('classification', ['multinomialnaivebayes'], { number: 1 + i, tried: [] }),
    )
    expect(new Set(made.map((recipe) => recipe?.scaler))).toEqual(new Set(['minmax']))
  })
})
