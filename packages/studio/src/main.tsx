import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import '@fontsource-variable/inter'
import '@fontsource-variable/jetbrains-mono'
import './style/base.css'
import { ApiError } from './data/api.ts'
import { Site } from './routes.tsx'

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // changes tell what is old; this is for what no change tells of
      staleTime: 30_000,
      retry: (failures, error) => error instanceof ApiError && error.status === 0 && failures < 30,
      retryDelay: 1000,
      refetchOnWindowFocus: false,
    },
  },
})

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no place for the pages')
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <Site />
    </QueryClientProvider>
  </StrictMode>,
)
