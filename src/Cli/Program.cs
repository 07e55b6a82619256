using FaceAttendance.Cli.CommandLine;

return await Launcher.RunAsync(args, Screen.OfProcess(), Environment.GetEnvironmentVariable);
