/** The register of what a replica can run, the most particular first: one lazy line a recipe. */
import { fail } from '@lazurite/spec'
import type { DeploymentFacts, Recipe } from '../recipe.ts'

const recipes: readonly (() => Promise<Recipe>)[] = [
  async () => (await import('./package.ts')).packaged,
  async () => (await import('./container.ts')).container,
  async () => (await import('./score-script.ts')).scoreScript,
  async () => (await import('./mlflow.ts')).mlflow,
  async () => (await import('./triton.ts')).triton,
]

/** The recipe of a deployment. Raises NotSupported, with the way out, when none fits. */
export async function recipeFor(facts: DeploymentFacts): Promise<Recipe> {
  for (const open of recipes) {
    const recipe = await open()
    if (recipe.fits(facts)) return recipe
  }
  const what = 'Serving this deployment'
  if (facts.model) {
    return fail('NotSupported', {
      what,
      why: 'it has no scoring script, and a model of its kind cannot be served without one',
      instead: 'Add code_configuration with code and scoring_script, and an environment.',
    })
  }
  return fail('NotSupported', {
    what,
    why: 'it names no model and no code, and no environment of this server that holds them',
    instead: 'Name a model: --set model=azureml:<name>@latest; or make the package that its environment names.',
  })
}
