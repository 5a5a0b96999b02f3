import { expect, test } from 'vitest'
import { imageGroups } from './images.ts'

test('pictures of one name are steps of one', () => {
  const groups = imageGroups(['s/x_10.png', 's/x_2.png', 'roc.png', 's/2.png', 'images/dog%step%5%timestamp%17%a.png'])
  expect(groups).toEqual([
    {
      title: 's/x',
      items: [
        { path: 's/x_2.png', step: 2 },
        { path: 's/x_10.png', step: 10 },
      ],
    },
    { title: 'roc', items: [{ path: 'roc.png', step: undefined }] },
    { title: 's/2', items: [{ path: 's/2.png', step: undefined }] },
    { title: 'images/dog', items: [{ path: 'images/dog%step%5%timestamp%17%a.png', step: 5 }] },
  ])
})
