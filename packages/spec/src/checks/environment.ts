// An environment is an image, or a folder to build one from.
import type { JsonObject } from '../json.ts'
import type { Look } from '../look.ts'

export function checkEnvironment(environment: JsonObject, look: Look): void {
  const { image, build, conda_file: conda } = environment
  if ('channels' in environment || 'dependencies' in environment) {
    look.issue([], 'is a conda file, not an environment', 'write an environment with conda_file: pointing at it')
    return
  }
  if (image !== undefined && build !== undefined) {
    look.issue(['build'], 'Docker image or Dockerfile should be provided not both', 'keep image or build')
  }
  if (image === undefined && build === undefined) {
    look.issue(
      conda === undefined ? ['image'] : ['conda_file'],
      'Docker image or Dockerfile is required for environments',
      'add image: or build:',
    )
  }
  if (conda !== undefined && build !== undefined && image === undefined) {
    look.issue(['conda_file'], 'needs image; a build context brings its own packages')
  }
}
