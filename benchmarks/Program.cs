using FaceAttendance.Benchmarks;

if (args is ["accuracy", var faces, .. var profiles]) return await Accuracy.RunAsync(faces, profiles.Length > 0 ? profiles : ["standard", "starter"]);
if (args is ["speed", var pictures, .. var rest]) return Speed.Run(pictures, rest is [var profile] ? profile : "standard");
Console.Error.WriteLine("usage: accuracy <faces folder> [profile…] | speed <faces folder> [profile]");
return 2;
