using FaceAttendance.Benchmarks;

if (args is ["accuracy", var faces, .. var profiles]) return await Accuracy.RunAsync(faces, profiles.Length > 0 ? profiles : ["standard", "starter"]);
Console.Error.WriteLine("usage: accuracy <faces folder> [profile…]");
return 2;
