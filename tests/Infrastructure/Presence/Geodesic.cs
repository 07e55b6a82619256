namespace FaceAttendance.Infrastructure.Tests.Presence;

/// <summary>
/// The shortest way on the WGS-84 ellipsoid by the integrals that define it (C. F. F. Karney, Algorithms for geodesics, J. Geodesy 87,
/// 2013, equations 5 to 15), summed up numerically and solved by bisection: slow, and sharing no code or series with what it checks.
/// Near-antipodal pairs need no case of their own.
/// </summary>
internal static class Geodesic
{
    // WGS-84: equatorial radius in metres and flattening (NIMA TR8350.2, table 3.1).
    private const double A = 6_378_137;
    private const double F = 1 / 298.257223563;
    private const double B = A * (1 - F);
    private const double SecondEccentricitySquared = F * (2 - F) / ((1 - F) * (1 - F));

    // Gauss-Legendre with eight nodes (Abramowitz & Stegun, table 25.4), on pieces of at most an eighth of a turn: exact to rounding for
    // these integrands.
    private static readonly double[] Nodes = [0.183434642495650, 0.525532409916329, 0.796666477413627, 0.960289856497536];
    private static readonly double[] Weights = [0.362683783378362, 0.313706645877887, 0.222381034453374, 0.101228536290376];

    /// <returns>Metres.</returns>
    public static double Distance(double latitude1, double longitude1, double latitude2, double longitude2)
    {
        var lambda = Math.Abs(Math.IEEERemainder(longitude2 - longitude1, 360)) * Math.PI / 180;
        var (beta1, beta2) = (Reduced(latitude1), Reduced(latitude2));
        // The way keeps its length when it is turned round or mirrored at the equator: start from the point farther from it, in the south.
        if (Math.Abs(beta1) < Math.Abs(beta2)) (beta1, beta2) = (beta2, beta1);
        if (beta1 > 0) (beta1, beta2) = (-beta1, -beta2);
        // Along the equator, as long as that is the shortest way.
        if (beta1 == 0 && lambda <= (1 - F) * Math.PI) return A * lambda;
        if (beta1 == 0) beta1 = -1e-200;

        // The longitude reached grows with the azimuth at the start, from 0 to half a turn.
        var (low, high) = (0.0, Math.PI);
        for (var i = 0; i < 200 && low < high; i++)
        {
            var azimuth = (low + high) / 2;
            if (azimuth <= low || azimuth >= high) break;
            if (new Line(beta1, beta2, azimuth).Longitude() < lambda) low = azimuth;
            else high = azimuth;
        }
        return new Line(beta1, beta2, (low + high) / 2).Length();
    }

    private static double Reduced(double latitude)
    {
        if (Math.Abs(latitude) == 90) return Math.CopySign(Math.PI / 2, latitude);
        return Math.Atan((1 - F) * Math.Tan(latitude * Math.PI / 180));
    }

    /// <summary>A way that starts at one reduced latitude under an azimuth and ends where it reaches the other, northward bound.</summary>
    private readonly struct Line
    {
        private readonly double _sinAlpha0;
        private readonly double _k2;
        private readonly double _sigma1;
        private readonly double _sigma2;
        private readonly double _omega12;

        public Line(double beta1, double beta2, double alpha1)
        {
            var (sinAlpha1, cosAlpha1) = Math.SinCos(alpha1);
            var (sinBeta1, cosBeta1) = Math.SinCos(beta1);
            var (sinBeta2, cosBeta2) = Math.SinCos(beta2);
            _sinAlpha0 = sinAlpha1 * cosBeta1;
            var cosAlpha0 = Math.Sqrt((cosAlpha1 * cosAlpha1) + (sinAlpha1 * sinBeta1 * sinAlpha1 * sinBeta1));
            // cos α2 from cos² α2 cos² β2 = cos² α1 cos² β1 + cos² β2 − cos² β1, the difference as a product so that near latitudes lose no
            // digits.
            var rise = (sinBeta1 - sinBeta2) * (sinBeta1 + sinBeta2);
            var northward2 = Math.Sqrt(Math.Max(0, (cosAlpha1 * cosBeta1 * cosAlpha1 * cosBeta1) + rise));
            var northward1 = cosAlpha1 * cosBeta1;
            _k2 = SecondEccentricitySquared * cosAlpha0 * cosAlpha0;
            _sigma1 = Math.Atan2(sinBeta1, northward1);
            _sigma2 = Math.Atan2(sinBeta2, northward2);
            var omega1 = Math.Atan2(_sinAlpha0 * sinBeta1, northward1);
            var omega2 = Math.Atan2(_sinAlpha0 * sinBeta2, northward2);
            _omega12 = omega2 - omega1;
        }

        public double Longitude()
        {
            var k2 = _k2;
            return _omega12 - (F * _sinAlpha0 * Integrate(_sigma1, _sigma2, s => (2 - F) / (1 + ((1 - F) * Stretch(k2, s)))));
        }

        public double Length()
        {
            var k2 = _k2;
            return B * Integrate(_sigma1, _sigma2, s => Stretch(k2, s));
        }

        private static double Stretch(double k2, double sigma) => Math.Sqrt(1 + (k2 * Math.Sin(sigma) * Math.Sin(sigma)));

        private static double Integrate(double from, double to, Func<double, double> f)
        {
            var pieces = Math.Max(1, (int)Math.Ceiling((to - from) / (Math.PI / 4)));
            var half = (to - from) / pieces / 2;
            var sum = 0.0;
            for (var piece = 0; piece < pieces; piece++)
            {
                var middle = from + (((2 * piece) + 1) * half);
                for (var i = 0; i < Nodes.Length; i++) sum += Weights[i] * (f(middle - (Nodes[i] * half)) + f(middle + (Nodes[i] * half)));
            }
            return sum * half;
        }
    }
}
