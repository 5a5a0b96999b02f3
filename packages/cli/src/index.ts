// The command line has no face for programs: those use @lazurite/client.
export {}
